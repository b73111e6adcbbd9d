import type { IpPermission, SecurityGroupRule } from '@aws-sdk/client-ec2';
import { subtract, type RangeSet } from '@groundwork/ip-ranges';
import type { Capacity } from '../../domain/destination.ts';
import { isEmpty, networksOf, setOf, type Coverage } from '../../domain/networks.ts';
import type { SecurityGroupTarget } from '../../domain/target-file/security-group.ts';
import { Conflict, type Condition, type Enforcer, type Part, type Write } from '../../ports/enforcer.ts';
import { canonical } from '../canonical.ts';
import type { GroupApi } from './group-api.ts';

interface Seen {
  group: string;
  /** Who is to be admitted: a prefix list, or another group. */
  admitted: string;
  rules: readonly SecurityGroupRule[];
}

const NOTHING: Capacity = { block: { v4: 0, v6: 0 }, allow: { v4: 0, v6: 0 }, countries: 0 };
const Description = 'Owned by Groundwork ip-blocklist';

/**
 * A security group that admits one source to its ports, and nobody else: it cannot deny, but it
 * makes everybody come by where blocks are enforced. What else gets in is held as an allow that
 * nobody wants. Rules about other ports are left alone.
 */
export class SecurityGroup implements Enforcer {
  readonly #api: GroupApi;
  readonly #target: SecurityGroupTarget;
  #seen: Seen | undefined;
  #part: Part | undefined;

  constructor(api: GroupApi, target: SecurityGroupTarget) {
    this.#api = api;
    this.#target = target;
  }

  async observe(): Promise<void> {
    const { securityGroup, admits } = this.#target;
    // Asked each time: one of that name may have been made anew.
    const group = await this.#idOf(securityGroup);
    const admitted =
      admits === 'cloudfront' ? await this.#cloudFrontList() : await this.#idOf(admits.securityGroup);
    this.#take({ group, admitted, rules: await this.#api.ingressOf(group) });
  }

  parts(): readonly Part[] {
    return this.#part === undefined ? [] : [this.#part];
  }

  capacity(): Capacity {
    return NOTHING;
  }

  conditions(): Condition[] {
    if (this.#seen === undefined) return [];
    const { group, rules } = this.#seen;
    return rules
      .filter((rule) => this.#isWider(rule) && !this.#isAdmitted(rule))
      .map((rule) => ({
        severity: 'note',
        message: `${rule.SecurityGroupRuleId} of ${group} lets in ${sourceOf(rule)} on more than these ports, past what blocks: narrow it or take it out`,
      }));
  }

  next({ allow }: Coverage): Write[] {
    const seen = this.#seen;
    if (seen === undefined) return [];
    const missing = this.#target.ports.find((port) => !seen.rules.some((rule) => this.#admits(rule, port)));
    // First who is to get in, then who is not.
    if (missing !== undefined) return [this.#authorize(seen, missing)];
    const [network] = networksOf(subtract(allow, setOf(this.#part?.networks ?? [])));
    if (network !== undefined) return [this.#admit(seen, network)];
    const surplus = seen.rules.filter((rule) => this.#isSurplus(rule) && !isWithin(rule, allow));
    return surplus.length === 0 ? [] : [this.#revoke(seen, surplus, allow)];
  }

  rewrite(): undefined {
    return undefined;
  }

  #authorize({ group, admitted }: Seen, port: number): Write {
    const source = admitted.startsWith('pl-')
      ? { PrefixListIds: [{ PrefixListId: admitted, Description }] }
      : { UserIdGroupPairs: [{ GroupId: admitted, Description }] };
    const permission: IpPermission = { IpProtocol: 'tcp', FromPort: port, ToPort: port, ...source };
    return {
      urgency: 'add',
      operation: 'AuthorizeSecurityGroupIngress',
      what: `Admits ${admitted} to port ${port} of ${group}`,
      perform: () => this.#change(() => this.#api.authorize(group, permission)),
    };
  }

  /** Somebody wants it to be as it was before. */
  #admit({ group }: Seen, network: string): Write {
    const ranges = network.includes(':')
      ? { Ipv6Ranges: [{ CidrIpv6: network, Description }] }
      : { IpRanges: [{ CidrIp: network, Description }] };
    const [port = 0] = this.#target.ports;
    const permission: IpPermission = { IpProtocol: 'tcp', FromPort: port, ToPort: port, ...ranges };
    const networks = networksOf(setOf([...(this.#part?.networks ?? []), network]));
    return {
      urgency: 'remove',
      operation: 'AuthorizeSecurityGroupIngress',
      what: `Lets ${network} in to port ${port} of ${group} again`,
      part: { name: group, action: 'allow', networks, countries: [] },
      perform: () => this.#change(() => this.#api.authorize(group, permission)),
    };
  }

  #revoke({ group, rules }: Seen, surplus: readonly SecurityGroupRule[], allow: RangeSet): Write {
    const ids = surplus.flatMap(({ SecurityGroupRuleId }) => SecurityGroupRuleId ?? []);
    return {
      urgency: 'add',
      operation: 'RevokeSecurityGroupIngress',
      what: `Keeps ${surplus.map(sourceOf).join(', ')} out of ${group}`,
      part: {
        name: group,
        action: 'allow',
        networks: networksIn(rules.filter((rule) => this.#isSurplus(rule) && isWithin(rule, allow))),
        countries: [],
      },
      perform: () => this.#change(() => this.#api.revoke(group, ids)),
    };
  }

  /** What there is afterwards is read, as there may be rules by then that nobody knew of. */
  async #change(call: () => Promise<unknown>): Promise<void> {
    const before = this.#seen!;
    const now = await this.#api.ingressOf(before.group);
    if (textOf(now) !== textOf(before.rules)) throw new Conflict(`${before.group} has changed`);
    await call();
    this.#take({ ...before, rules: await this.#api.ingressOf(before.group) });
  }

  #take(seen: Seen): void {
    this.#seen = seen;
    const networks = networksIn(seen.rules.filter((rule) => this.#isSurplus(rule)));
    const before = this.#part?.networks;
    const isSame = before?.join() === networks.join();
    this.#part = {
      name: seen.group,
      action: 'allow',
      networks: isSame ? before : networks,
      countries: [],
      inForce: true,
    };
  }

  #admits(rule: SecurityGroupRule, port: number): boolean {
    const { IpProtocol, FromPort = 0, ToPort = 65_535 } = rule;
    const isPort = IpProtocol === '-1' || (IpProtocol === 'tcp' && FromPort <= port && port <= ToPort);
    return isPort && this.#isAdmitted(rule);
  }

  #isAdmitted({ PrefixListId, ReferencedGroupInfo }: SecurityGroupRule): boolean {
    return [PrefixListId, ReferencedGroupInfo?.GroupId].includes(this.#seen?.admitted);
  }

  /** It lets somebody else in, on nothing but our ports. */
  #isSurplus(rule: SecurityGroupRule): boolean {
    return !this.#isAdmitted(rule) && this.#touches(rule) && !this.#isWider(rule);
  }

  /** It is about one of our ports, and about others. */
  #isWider(rule: SecurityGroupRule): boolean {
    const { IpProtocol, FromPort = 0, ToPort = 65_535 } = rule;
    if (!this.#touches(rule)) return false;
    if (IpProtocol === '-1') return true;
    const ours = this.#target.ports.filter((port) => FromPort <= port && port <= ToPort);
    return ours.length < ToPort - FromPort + 1;
  }

  #touches({ IpProtocol, FromPort = 0, ToPort = 65_535 }: SecurityGroupRule): boolean {
    if (IpProtocol === '-1') return true;
    return IpProtocol === 'tcp' && this.#target.ports.some((port) => FromPort <= port && port <= ToPort);
  }

  async #idOf(idOrName: string): Promise<string> {
    const [id, another] = await this.#api.idsOf(idOrName);
    if (id === undefined) throw new Error(`There is no security group ${idOrName}`);
    if (another !== undefined) {
      throw new Error(`More than one security group is called ${idOrName}: name it by id`);
    }
    return id;
  }

  async #cloudFrontList(): Promise<string> {
    const id = await this.#api.cloudFrontList();
    if (id === undefined)
      throw new Error('This region has no list of the addresses that CloudFront calls from');
    return id;
  }
}

/** What rules let in by address, merged. */
function networksIn(rules: readonly SecurityGroupRule[]): string[] {
  const cidrs = rules.flatMap(({ CidrIpv4, CidrIpv6 }) => CidrIpv4 ?? CidrIpv6 ?? []);
  return networksOf(setOf(cidrs.map(canonical)));
}

/** Whether all that a rule lets in is to be let in. */
function isWithin(rule: SecurityGroupRule, allow: RangeSet): boolean {
  const networks = networksIn([rule]);
  return networks.length > 0 && isEmpty(subtract(setOf(networks), allow));
}

function sourceOf({ CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupInfo }: SecurityGroupRule): string {
  return CidrIpv4 ?? CidrIpv6 ?? PrefixListId ?? ReferencedGroupInfo?.GroupId ?? 'somebody';
}

function textOf(rules: readonly SecurityGroupRule[]): string {
  return rules
    .flatMap(({ SecurityGroupRuleId }) => SecurityGroupRuleId ?? [])
    .toSorted()
    .join(' ');
}
