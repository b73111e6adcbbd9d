import type { WebACL } from '@aws-sdk/client-wafv2';
import { intersect, subtract, union, type RangeSet } from '@groundwork/ip-ranges';
import { isEmpty, only, unionOf, without, type Coverage } from '../../domain/networks.ts';
import { WAF_LIMITS, type WafIpSetTarget } from '../../domain/target-file/waf-ip-set.ts';
import { heldSet, type HeldSet, type SetChange } from '../../domain/waf/ip-set.ts';
import { nextChange } from '../../domain/waf/next-change.ts';
import {
  Conflict,
  isBlind,
  LimitReached,
  type Condition,
  type Enforcer,
  type Part,
  type Write,
} from '../../ports/enforcer.ts';
import { canonical } from '../canonical.ts';
import { attachmentsOf, conditionsOf } from './attachments.ts';
import { newName, roleOf, ROLES, type Action, type Role } from './names.ts';
import { maxCountries, maxSets, shortages, type Limits } from './room.ts';
import { RuleGroup } from './rule-group.ts';
import type { Handle, WafApi } from './waf-api.ts';

interface OwnedSet {
  handle: Handle;
  arn: string;
  role: Role;
  held: HeldSet;
}

/** Web ACLs are looked at this often, in ms: they change rarely, and each costs a call. */
const ATTACHMENTS_EVERY_MS = 60_000;
/** … unless somebody is probably about to attach one. */
const BLIND_EVERY_MS = 5_000;
const FAMILIES = { v4: 'IPV4', v6: 'IPV6' } as const;

/**
 * IP sets, and the rule group that refers to them. Both are ours by their names; nothing else in
 * the account is ever written. Each write carries the lock token of the state that it was made for.
 */
export class WafIpSets implements Enforcer {
  readonly #api: WafApi;
  readonly #target: WafIpSetTarget;
  readonly #perSet: number;
  #sets = new Map<string, OwnedSet>();
  readonly #group: RuleGroup;
  #acls: Map<string, WebACL> = new Map();
  #aclsSeen = Number.NEGATIVE_INFINITY;
  /** IP sets in the account when it refused one more. */
  #full: number | undefined;
  #count = 0;
  /** Asked several times a second, and the answer is mostly the same. */
  #planned: { key: unknown[]; writes: Write[] } | undefined;

  /** `perSet`: fewer than WAF allows, for tests. */
  constructor(api: WafApi, target: WafIpSetTarget, perSet: number = WAF_LIMITS.addressesPerSet) {
    this.#api = api;
    this.#target = target;
    this.#perSet = perSet;
    this.#group = new RuleGroup(api, target);
  }

  async observe(): Promise<void> {
    const summaries = await this.#api.listIpSets();
    this.#count = summaries.length;
    if (this.#full !== undefined && this.#count < this.#full) this.#full = undefined;
    const sets = new Map<string, OwnedSet>();
    for (const { Name = '', Id = '', ARN: arn = '', LockToken = '' } of summaries) {
      const role = roleOf(Name, this.#target.ruleGroup);
      if (role === undefined) continue;
      const known = this.#sets.get(Name);
      const handle = { Name, Id, LockToken };
      sets.set(
        Name,
        known?.handle.LockToken === LockToken && known.handle.Id === Id
          ? known
          : { arn, role, ...(await this.#read(handle)) },
      );
    }
    this.#sets = sets;
    await this.#group.observe();
    await this.#observeAcls();
  }

  parts(): Part[] {
    const { arns, countries } = this.#group.referred;
    const isOurs = this.#group.does({ ...this.#arns((arn) => arns.has(arn)), countries });
    const sets = [...this.#sets.values()].map(({ role, held, arn }): Part => ({
      name: held.name,
      action: role.action,
      networks: held.networks,
      countries: [],
      inForce: isOurs && arns.has(arn),
    }));
    const geo = this.#group.part(isOurs);
    return geo === undefined ? sets : [...sets, geo];
  }

  capacity() {
    const limits = this.#limits();
    const networks = (role: Role) => maxSets(role, limits) * this.#perSet;
    const of = (action: Action) => ({
      v4: networks({ action, version: 'v4' }),
      v6: networks({ action, version: 'v6' }),
    });
    const isLeft = this.#target.countries === 'leave';
    const countries = isLeft ? 0 : maxCountries(this.#limits());
    return { block: of('block'), allow: of('allow'), countries };
  }

  conditions(): Condition[] {
    const name = this.#target.ruleGroup;
    const hindrances: Condition[] =
      this.#group.arn === undefined
        ? [{ severity: 'blind', message: `There is no rule group ${name} yet` }]
        : conditionsOf(this.#acls.values(), { name, arn: this.#group.arn });
    return [...hindrances, ...shortages(this.#limits())];
  }

  next(wanted: Coverage): Write[] {
    const key = [
      wanted.block,
      wanted.allow,
      wanted.countries.join(),
      this.#group.state,
      ...this.#sets.values(),
      this.#full,
    ];
    const isSame =
      this.#planned?.key.length === key.length && this.#planned.key.every((one, i) => one === key[i]);
    if (!isSame) this.#planned = { key, writes: this.#plan(wanted) };
    return this.#planned!.writes;
  }

  #plan(wanted: Coverage): Write[] {
    const now = this.#stepTo(wanted);
    const limits = this.#limits();
    const writes = ROLES.flatMap((role): Write[] => {
      const held = this.#of(role).map((set) => set.held);
      const room = { perSet: this.#perSet, maxSets: maxSets(role, limits) };
      const change = nextChange(held, only(now[role.action], role.version), room);
      return change === undefined ? [] : [this.#write(change, role)];
    });
    const group = this.#group.next({ ...this.#arns(() => true), countries: now.countries });
    if (group !== undefined) writes.push(group);
    return writes;
  }

  rewrite(part: string): Write | undefined {
    const set = this.#sets.get(part);
    if (set === undefined) return this.#group.rewrite(part);
    return this.#update(set, 'add', [...set.held.networks], []);
  }

  #write({ purpose, set, networks, reliesOn }: SetChange, role: Role): Write {
    if (set !== undefined) return this.#update(this.#sets.get(set)!, purpose, networks, reliesOn);
    const name = newName(role, this.#target.ruleGroup, new Set(this.#sets.keys()));
    return {
      urgency: purpose,
      operation: 'CreateIPSet',
      what: `Creates the IP set ${name} with ${networks.length} networks`,
      part: { name, action: role.action, networks, countries: [] },
      perform: async () => {
        const { Summary } = await this.#api
          .createIpSet(name, FAMILIES[role.version], networks)
          .catch((error: unknown) => {
            if (error instanceof LimitReached) this.#full = this.#count;
            throw error;
          });
        const { Name = '', Id = '', LockToken = '', ARN: arn = '' } = Summary ?? {};
        this.#count += 1;
        const handle = { Name, Id, LockToken };
        this.#sets.set(name, { handle, arn, role, held: heldSet(name, networks) });
      },
    };
  }

  #update(set: OwnedSet, urgency: Write['urgency'], networks: string[], reliesOn: readonly string[]): Write {
    const { name } = set.held;
    return {
      urgency,
      operation: 'UpdateIPSet',
      what: `Writes ${networks.length} networks, where there were ${set.held.networks.length}, to the IP set ${name}`,
      part: { name, action: set.role.action, networks, countries: [] },
      perform: async () => {
        if (reliesOn.length > 0) await this.#stillThere(reliesOn);
        const { NextLockToken = '' } = await this.#api.updateIpSet(set.handle, networks);
        const handle = { ...set.handle, LockToken: NextLockToken };
        this.#sets.set(name, { ...set, handle, held: heldSet(name, networks) });
      },
    };
  }

  /** What is taken away here must still be held there. */
  async #stillThere(names: readonly string[]): Promise<void> {
    const summaries = await this.#api.listIpSets();
    for (const name of names) {
      const now = summaries.find((summary) => summary.Name === name)?.LockToken;
      if (now !== this.#sets.get(name)?.handle.LockToken) throw new Conflict(`${name} has changed`);
    }
  }

  /**
   * What may be changed at this point, so that nobody is blocked on the way who is not to be:
   * nothing is blocked that is to be allowed, before the allow is in force; and an allow stays as
   * long as something below it is blocked that is not to be any more.
   */
  #stepTo(wanted: Coverage): Coverage {
    const { block, allow } = wanted;
    const allowed = this.#inForce('allow');
    if (isEmpty(allow) && isEmpty(allowed)) return wanted;
    const blocked = this.#inForce('block');
    const { countries } = this.#group.referred;
    // Where countries are nobody knows: all allows are in force before any is blocked, and stay until none is.
    const isWaiting = !isEmpty(subtract(allow, allowed));
    const isLifting = without(countries, wanted.countries).length > 0;
    return {
      block: subtract(block, subtract(subtract(allow, allowed), blocked)),
      allow: union(allow, isLifting ? allowed : intersect(allowed, subtract(blocked, block))),
      countries: isWaiting
        ? wanted.countries.filter((country) => countries.includes(country))
        : wanted.countries,
    };
  }

  #inForce(wanted: Action): RangeSet {
    return unionOf(
      this.parts().flatMap(({ action, name, inForce }) =>
        action === wanted && inForce ? (this.#sets.get(name)?.held.covered ?? []) : [],
      ),
    );
  }

  async #observeAcls(): Promise<void> {
    const now = performance.now();
    const every = isBlind(this.conditions()) ? BLIND_EVERY_MS : ATTACHMENTS_EVERY_MS;
    if (now - this.#aclsSeen < every) return;
    this.#acls = await attachmentsOf(this.#api, this.#acls);
    this.#aclsSeen = now;
  }

  async #read({ Name, Id }: Handle): Promise<{ handle: Handle; held: HeldSet }> {
    const { IPSet: set, LockToken = '' } = await this.#api.getIpSet({ Name, Id });
    const networks = (set?.Addresses ?? []).map(canonical);
    return { handle: { Name, Id, LockToken }, held: heldSet(Name, networks) };
  }

  #of({ action, version }: Role): OwnedSet[] {
    return [...this.#sets.values()].filter(({ role }) => role.action === action && role.version === version);
  }

  #limits(): Limits {
    return {
      target: this.#target,
      others: this.#count - this.#sets.size,
      present: (role) => this.#of(role).length,
      isFull: this.#full !== undefined,
      capacity: this.#group.capacity,
    };
  }

  #arns(isReferred: (arn: string) => boolean): Record<Action, string[]> {
    const of = (wanted: Action): string[] =>
      [...this.#sets.values()]
        .filter(({ role, arn }) => role.action === wanted && isReferred(arn))
        .map(({ arn }) => arn);
    return { block: of('block'), allow: of('allow') };
  }
}
