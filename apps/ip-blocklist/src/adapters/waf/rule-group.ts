import type { Rule } from '@aws-sdk/client-wafv2';
import type { WafIpSetTarget } from '../../domain/target-file/waf-ip-set.ts';
import type { Part, Write } from '../../ports/enforcer.ts';
import { FULL_CAPACITY } from './room.ts';
import { meaningOf, referredBy, rulesFor, type Referred } from './rules.ts';
import type { Handle, WafApi } from './waf-api.ts';

interface Group {
  handle: Handle;
  arn: string;
  capacity: number;
  rules: Rule[];
}

const NO_NETWORKS: readonly string[] = [];
const NOTHING = { arns: new Set<string>(), countries: [] as string[] };

/** The rule group that makes IP sets have effect, and that names countries itself. Undefined in AWS until it is made. */
export class RuleGroup {
  readonly #api: WafApi;
  readonly #target: WafIpSetTarget;
  #group: Group | undefined;

  constructor(api: WafApi, target: WafIpSetTarget) {
    this.#api = api;
    this.#target = target;
  }

  /** Another object after each change. */
  get state(): object | undefined {
    return this.#group;
  }

  get arn(): string | undefined {
    return this.#group?.arn;
  }

  /** Fixed when it was made. */
  get capacity(): number | undefined {
    return this.#group?.capacity;
  }

  /** What its rules refer to, and which countries they name. */
  get referred(): typeof NOTHING {
    return this.#group === undefined ? NOTHING : referredBy(this.#group.rules);
  }

  async observe(): Promise<void> {
    const { ruleGroup } = this.#target;
    const summary = (await this.#api.listRuleGroups()).find(({ Name }) => Name === ruleGroup);
    const known = this.#group?.handle;
    if (summary !== undefined && known?.Id === summary.Id && known?.LockToken === summary.LockToken) return;
    this.#group = undefined;
    if (summary === undefined) return;
    const { RuleGroup: group, LockToken = '' } = await this.#api.getRuleGroup({
      Name: ruleGroup,
      Id: summary.Id ?? '',
    });
    const { Id = '', ARN: arn = '', Capacity: capacity = 0, Rules: rules = [] } = group ?? {};
    this.#group = { handle: { Name: ruleGroup, Id, LockToken }, arn, capacity, rules };
  }

  /** Whether its rules do just this: what rules of somebody else do is not known here. */
  does(referred: Referred): boolean {
    if (this.#group === undefined) return false;
    return meaningOf(this.#group.rules) === meaningOf(rulesFor(referred, this.#target));
  }

  /** The countries that it names, as a part. Undefined when there can be none. */
  part(inForce: boolean): Part | undefined {
    if (this.#group === undefined || this.#target.countries === 'leave') return undefined;
    return { ...this.#contents(this.referred.countries), inForce };
  }

  /** The write that makes it refer to these; undefined when it does. */
  next(referred: Referred): Write | undefined {
    const rules = rulesFor(referred, this.#target);
    if (this.#group === undefined) return this.#create(rules);
    return meaningOf(this.#group.rules) === meaningOf(rules) ? undefined : this.#update(this.#group, rules);
  }

  rewrite(part: string): Write | undefined {
    if (this.#group === undefined || part !== this.#contents([]).name) return undefined;
    return this.#update(this.#group, this.#group.rules);
  }

  #create(rules: Rule[]): Write {
    const { ruleGroup } = this.#target;
    return {
      urgency: 'add',
      operation: 'CreateRuleGroup',
      what: `Creates the rule group ${ruleGroup}`,
      part: this.#partOf(rules, []),
      perform: async () => {
        const { Summary } = await this.#api.createRuleGroup(ruleGroup, FULL_CAPACITY, rules);
        const { Name = '', Id = '', LockToken = '', ARN: arn = '' } = Summary ?? {};
        this.#group = { handle: { Name, Id, LockToken }, arn, capacity: FULL_CAPACITY, rules };
      },
    };
  }

  #update(group: Group, rules: Rule[]): Write {
    const { arns, countries } = referredBy(rules);
    const and = countries.length === 0 ? '' : `, and block ${countries.join(' ')}`;
    return {
      urgency: 'add',
      operation: 'UpdateRuleGroup',
      what: `Makes the rule group ${group.handle.Name} refer to ${arns.size} IP sets${and}`,
      part: this.#partOf(rules, group.rules),
      perform: async () => {
        const { NextLockToken = '' } = await this.#api.updateRuleGroup(group.handle, rules);
        this.#group = { ...group, handle: { ...group.handle, LockToken: NextLockToken }, rules };
      },
    };
  }

  /** What rules hold themselves, if that is anything, or was. */
  #partOf(rules: readonly Rule[], before: readonly Rule[]) {
    const { countries } = referredBy(rules);
    const isGeo = countries.length + referredBy(before).countries.length > 0;
    return isGeo ? this.#contents(countries) : undefined;
  }

  #contents(countries: readonly string[]) {
    const name = `${this.#target.ruleGroup}-countries`;
    return { name, action: 'block' as const, networks: NO_NETWORKS, countries };
  }
}
