import type { Condition, EnforcedAcl, EnforcedRule } from '@groundwork/aws-sandbox';
import { buildLookup, parseList } from '@groundwork/ip-ranges';

export interface Verdict {
  action: 'allow' | 'block';
  /** The rule that decided; `default` when none did. */
  rule: string;
}

type Test = (address: string) => boolean;
type Step = (address: string) => Verdict | undefined;

/** Turns a web ACL into a function of the client's address. The first rule that allows or blocks decides. */
export function compileAcl(
  acl: EnforcedAcl,
  countryOf: (address: string) => string | undefined,
): (address: string) => Verdict {
  const steps = acl.rules.map((rule) => compileRule(rule, countryOf));
  return (address) => firstOf(steps, address) ?? { action: acl.defaultAction, rule: 'default' };
}

function compileRule(rule: EnforcedRule, countryOf: (address: string) => string | undefined): Step {
  if ('rules' in rule) {
    // A group that only counts decides nothing.
    const steps = rule.countOnly ? [] : rule.rules.map((one) => compileRule(one, countryOf));
    return (address) => {
      const verdict = firstOf(steps, address);
      return verdict && { ...verdict, rule: `${rule.name}/${verdict.rule}` };
    };
  }
  const { action, name } = rule;
  if (action === 'count') return () => undefined;
  const matches = compileCondition(rule.when, countryOf);
  return (address) => (matches(address) ? { action, rule: name } : undefined);
}

function compileCondition(when: Condition, countryOf: (address: string) => string | undefined): Test {
  if ('addresses' in when) {
    const lookup = buildLookup(parseList(when.addresses.join('\n')));
    return (address) => lookup.find(address) !== undefined;
  }
  if ('countries' in when) {
    const countries = new Set(when.countries);
    return (address) => countries.has(countryOf(address) ?? '');
  }
  if ('not' in when) {
    const inner = compileCondition(when.not, countryOf);
    return (address) => !inner(address);
  }
  const tests = ('all' in when ? when.all : when.any).map((one) => compileCondition(one, countryOf));
  return 'all' in when
    ? (address) => tests.every((test) => test(address))
    : (address) => tests.some((test) => test(address));
}

function firstOf(steps: readonly Step[], address: string): Verdict | undefined {
  for (const step of steps) {
    const verdict = step(address);
    if (verdict !== undefined) return verdict;
  }
  return undefined;
}
