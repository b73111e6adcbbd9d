import { WAF_LIMITS, type WafIpSetTarget } from '../../domain/target-file/waf-ip-set.ts';
import type { Condition } from '../../ports/enforcer.ts';
import { ROLES, type Role } from './names.ts';

/** What limits the number of IP sets. */
export interface Limits {
  target: Pick<WafIpSetTarget, 'ruleGroup' | 'maxSets' | 'forwardedIp'>;
  /** IP sets in the account that are not ours. */
  others: number;
  /** Of ours, so many there are of a kind. */
  present: (role: Role) => number;
  /** The account has just refused one more than it has. */
  isFull: boolean;
  /** Of the rule group, fixed when it was made. */
  capacity: number | undefined;
}

/** How many sets there may be of a kind, as far as the account and the rule group let us. */
export function maxSets(role: Role, { target, present, isFull, capacity }: Limits): number {
  const wish = wishOf(role, target);
  if (isFull) return Math.min(wish, present(role));
  if (role.action === 'allow') return wish;
  const spare = Math.max(0, references(target, capacity) - ALLOW_SETS);
  const v6 = Math.min(target.maxSets.ipv6, Math.floor(spare / 2));
  return role.version === 'v6' ? v6 : Math.min(wish, spare - v6);
}

/** Before it comes to that: what is too little for what the target may need. */
export function shortages({ target, others, isFull, capacity }: Limits): Condition[] {
  const needed = ROLES.reduce((sum, role) => sum + wishOf(role, target), 0);
  const messages: string[] = [];
  if (isFull) messages.push('The account takes no more IP sets than it has');
  else if (others + needed > WAF_LIMITS.ipSets) {
    messages.push(
      `With ${others} IP sets of others, the ${needed} of this target may exceed the account's quota, ${WAF_LIMITS.ipSets} unless it was raised`,
    );
  }
  const room = references(target, capacity);
  if (room < needed) {
    messages.push(
      `The rule group ${target.ruleGroup} has room for ${room} IP sets, not for ${needed}; its capacity is fixed when it is created`,
    );
  }
  return messages.map((message) => ({ severity: 'note', message }));
}

/** One per family. */
const ALLOW_SETS = 2;

function wishOf({ action, version }: Role, { maxSets: { ipv4, ipv6 } }: Limits['target']): number {
  if (action === 'allow') return 1;
  return version === 'v4' ? ipv4 : ipv6;
}

/** Countries that the rule group has room for besides all IP sets that the target may need. */
export function maxCountries({
  target,
  capacity = FULL_CAPACITY,
}: Pick<Limits, 'target' | 'capacity'>): number {
  const needed = ROLES.reduce((sum, role) => sum + wishOf(role, target), 0) * unitsPerReference(target);
  return WAF_LIMITS.countriesPerStatement * Math.max(0, Math.min(GEO_STATEMENTS, capacity - needed));
}

/** Enough for every country there is. */
const GEO_STATEMENTS = 5;
/** What a rule group is made with: room for as many IP sets as one may refer to, and for all countries. */
export const FULL_CAPACITY = WAF_LIMITS.referencesPerGroup + GEO_STATEMENTS;

/** https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-ipset-match.html */
function unitsPerReference({ forwardedIp }: Limits['target']): number {
  return forwardedIp?.position === 'ANY' ? 5 : 1;
}

function references(target: Limits['target'], capacity: number = FULL_CAPACITY): number {
  return Math.min(WAF_LIMITS.referencesPerGroup, Math.floor(capacity / unitsPerReference(target)));
}
