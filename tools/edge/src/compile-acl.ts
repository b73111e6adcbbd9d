import { isIP } from 'node:net';
import type { Condition, EnforcedAcl, EnforcedRule, ForwardedAddress } from '@groundwork/aws-sandbox';
import { buildLookup, parseList } from '@groundwork/ip-ranges';
import type { Client, CountryOf } from './client.ts';

export interface Verdict {
  action: 'allow' | 'block';
  /** The rule that decided; `default` when none did. */
  rule: string;
}

type Test = (client: Client) => boolean;
type Step = (client: Client) => Verdict | undefined;

/** Of a longer forwarding header ANY sees the last ones. https://docs.aws.amazon.com/waf/latest/APIReference/API_IPSetForwardedIPConfig.html */
const MOST_FORWARDED = 10;

/** Turns a web ACL into a function of the client. The first rule that allows or blocks decides. */
export function compileAcl(acl: EnforcedAcl, countryOf: CountryOf): (client: Client) => Verdict {
  const steps = acl.rules.map((rule) => compileRule(rule, countryOf));
  return (client) => firstOf(steps, client) ?? { action: acl.defaultAction, rule: 'default' };
}

function compileRule(rule: EnforcedRule, countryOf: CountryOf): Step {
  if ('rules' in rule) {
    // A group that only counts decides nothing.
    const steps = rule.countOnly ? [] : rule.rules.map((one) => compileRule(one, countryOf));
    return (client) => {
      const verdict = firstOf(steps, client);
      return verdict && { ...verdict, rule: `${rule.name}/${verdict.rule}` };
    };
  }
  const { action, name } = rule;
  if (action === 'count') return () => undefined;
  const matches = compileCondition(rule.when, countryOf);
  const headers = headersIn(rule.when);
  return (client) => {
    // Without the header the rule is not applied at all, whatever else is in it and its fallback.
    if (headers.some((header) => client.headers[header] === undefined)) return undefined;
    return matches(client) ? { action, rule: name } : undefined;
  };
}

function compileCondition(when: Condition, countryOf: CountryOf): Test {
  if ('addresses' in when) {
    const lookup = buildLookup(parseList(when.addresses.join('\n')));
    return compileAddress(when.forwarded, (address) => lookup.find(address) !== undefined);
  }
  if ('countries' in when) {
    const countries = new Set(when.countries);
    return compileAddress(when.forwarded, (address) => countries.has(countryOf(address) ?? ''));
  }
  if ('not' in when) {
    const inner = compileCondition(when.not, countryOf);
    return (client) => !inner(client);
  }
  const tests = ('all' in when ? when.all : when.any).map((one) => compileCondition(one, countryOf));
  return 'all' in when
    ? (client) => tests.every((test) => test(client))
    : (client) => tests.some((test) => test(client));
}

/** About the source address of the connection, or about what stands in a header. */
function compileAddress(forwarded: ForwardedAddress | undefined, test: (address: string) => boolean): Test {
  if (forwarded === undefined) return ({ address }) => test(address);
  const { position, fallback } = forwarded;
  const header = forwarded.header.toLowerCase();
  return ({ headers }) => {
    const all = [headers[header] ?? []]
      .flat()
      .join(',')
      .split(',')
      .map((one) => one.trim());
    const inspected =
      position === 'FIRST' ? all.slice(0, 1) : all.slice(position === 'LAST' ? -1 : -MOST_FORWARDED);
    const valid = inspected.filter((one) => isIP(one) !== 0);
    return valid.length === 0 ? fallback === 'MATCH' : valid.some(test);
  };
}

/** The forwarding headers that a condition asks for, as Node names them. */
function headersIn(when: Condition): string[] {
  if ('not' in when) return headersIn(when.not);
  if ('all' in when) return when.all.flatMap(headersIn);
  if ('any' in when) return when.any.flatMap(headersIn);
  return when.forwarded === undefined ? [] : [when.forwarded.header.toLowerCase()];
}

function firstOf(steps: readonly Step[], client: Client): Verdict | undefined {
  for (const step of steps) {
    const verdict = step(client);
    if (verdict !== undefined) return verdict;
  }
  return undefined;
}
