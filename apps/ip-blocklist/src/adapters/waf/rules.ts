import type { CountryCode, Rule, Statement } from '@aws-sdk/client-wafv2';
import { WAF_LIMITS, type WafIpSetTarget } from '../../domain/target-file/waf-ip-set.ts';
import { countriesOf } from '../../domain/networks.ts';
import { visibility } from './waf-api.ts';

/** What rules are about: IP sets by what they are for, as ARNs; and countries that are blocked. */
export interface Referred {
  block: readonly string[];
  allow: readonly string[];
  countries: readonly string[];
}

export type RuleOptions = Pick<WafIpSetTarget, 'allows' | 'forwardedIp' | 'ruleGroup'>;

/**
 * The rules that make IP sets have effect, allow before block. `exempt` keeps whoever is allowed out
 * of the block rule, so that the rest of the web ACL still judges them; `accept` lets them through
 * at once, past every later rule.
 */
export function rulesFor({ block, allow, countries }: Referred, options: RuleOptions): Rule[] {
  const { allows, ruleGroup: group } = options;
  const rules: Rule[] = [];
  const allowed = allow.length > 0 ? anyOf(setStatements(allow, options)) : undefined;
  if (allows === 'accept' && allowed !== undefined) rules.push(rule(group, 'allow', 0, allowed));
  // In one statement: an exemption that was said twice would refer to the sets of allows twice.
  const listed = [...setStatements(block, options), ...geoStatements(countries, options)];
  if (listed.length > 0) {
    const statement =
      allows === 'exempt' && allowed !== undefined
        ? { AndStatement: { Statements: [anyOf(listed), { NotStatement: { Statement: allowed } }] } }
        : anyOf(listed);
    rules.push(rule(group, 'block', 1, statement));
  }
  return rules;
}

function rule(group: string, name: 'allow' | 'block', priority: number, statement: Statement): Rule {
  return {
    Name: name,
    Priority: priority,
    Statement: statement,
    Action: name === 'block' ? { Block: {} } : { Allow: {} },
    VisibilityConfig: visibility(`${group}-${name}`),
  };
}

function setStatements(arns: readonly string[], { forwardedIp }: RuleOptions): Statement[] {
  const forwarded = forwardedIp && {
    IPSetForwardedIPConfig: {
      HeaderName: forwardedIp.header,
      FallbackBehavior: forwardedIp.fallback,
      Position: forwardedIp.position,
    },
  };
  return arns.toSorted().map((ARN) => ({ IPSetReferenceStatement: { ARN, ...forwarded } }));
}

function geoStatements(countries: readonly string[], { forwardedIp }: RuleOptions): Statement[] {
  const forwarded = forwardedIp && {
    ForwardedIPConfig: { HeaderName: forwardedIp.header, FallbackBehavior: forwardedIp.fallback },
  };
  const statements: Statement[] = [];
  for (let at = 0; at < countries.length; at += WAF_LIMITS.countriesPerStatement) {
    const CountryCodes = countries.slice(at, at + WAF_LIMITS.countriesPerStatement) as CountryCode[];
    statements.push({ GeoMatchStatement: { CountryCodes, ...forwarded } });
  }
  return statements;
}

function anyOf(statements: readonly Statement[]): Statement {
  // WAF refuses an OR of one.
  return statements.length === 1 ? statements[0]! : { OrStatement: { Statements: [...statements] } };
}

/** What rules do, without how they are written: equal for rules that do the same. */
export function meaningOf(rules: readonly Rule[]): string {
  const meanings = rules
    .toSorted((a, b) => (a.Priority ?? 0) - (b.Priority ?? 0))
    .map(({ Name, Action, Statement: statement }) => [
      Name,
      Object.keys(Action ?? {}).filter((key) => Action?.[key as keyof typeof Action] !== undefined),
      statementMeaning(statement ?? {}),
    ]);
  return JSON.stringify(meanings);
}

function statementMeaning(statement: Statement): unknown {
  const {
    IPSetReferenceStatement: set,
    GeoMatchStatement: geo,
    OrStatement: or,
    AndStatement: and,
    NotStatement: not,
  } = statement;
  const all = (statements: Statement[] | undefined): unknown[] =>
    (statements ?? [])
      .map(statementMeaning)
      .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (set !== undefined) return set.IPSetForwardedIPConfig === undefined ? set.ARN : set;
  if (or !== undefined) return { or: all(or.Statements) };
  if (and !== undefined) return { and: all(and.Statements) };
  if (not !== undefined) return { not: statementMeaning(not.Statement ?? {}) };
  if (geo !== undefined) return { ...geo, CountryCodes: geo.CountryCodes?.toSorted() };
  return statement;
}

/** All IP sets that rules refer to, and all countries, wherever. */
export function referredBy(rules: readonly Rule[]): { arns: Set<string>; countries: string[] } {
  const arns = new Set<string>();
  const countries = new Set<string>();
  const walk = (statement: Statement | undefined): void => {
    if (statement?.IPSetReferenceStatement?.ARN !== undefined)
      arns.add(statement.IPSetReferenceStatement.ARN);
    for (const country of statement?.GeoMatchStatement?.CountryCodes ?? []) countries.add(country);
    for (const one of statement?.OrStatement?.Statements ?? []) walk(one);
    for (const one of statement?.AndStatement?.Statements ?? []) walk(one);
    if (statement?.NotStatement !== undefined) walk(statement.NotStatement.Statement);
  };
  for (const { Statement: statement } of rules) walk(statement);
  return { arns, countries: countriesOf([...countries]) };
}
