import { notImplemented } from '../http/aws-error.ts';
import { WAF_COUNTRIES } from '../countries.ts';
import { wafError } from './error.ts';

type Json = Record<string, unknown>;

/** What rules refer to. */
export interface References {
  ipSets: string[];
  ruleGroups: string[];
}

export interface RuleCheck extends References {
  /** https://docs.aws.amazon.com/waf/latest/developerguide/aws-waf-capacity-units.html */
  capacity: number;
}

/** An IP set match, or a match on the country. */
const SIMPLE_WCU = 1;
/** For looking through all addresses of a forwarding header. */
const ANY_POSITION_WCU = 4;
/** Fixed, per rule group and per web ACL. https://docs.aws.amazon.com/waf/latest/developerguide/limits.html */
const MAX_REFERENCES = 50;

/** In one geo match. https://repost.aws/questions/QUGpaqaB54SCaMWTWwI_cPJg/can-i-increase-the-number-of-country-list-from-aws-waf-rule-configuration-from-50 */
const MAX_COUNTRIES = 50;

/** Checks the rules of a rule group or web ACL. `capacityOf` knows the rule groups that may be referred to. */
export function checkRules(rules: unknown, capacityOf: (ruleGroupArn: string) => number): RuleCheck {
  const check: RuleCheck = { ipSets: [], ruleGroups: [], capacity: 0 };
  const [names, priorities] = [new Set<unknown>(), new Set<unknown>()];
  for (const rule of (rules ?? []) as Json[]) {
    if (typeof rule['Name'] !== 'string') throw wafError.invalid('NAME', rule['Name'], 'A rule needs a name');
    if (typeof rule['Priority'] !== 'number')
      throw wafError.invalid('PRIORITY', rule['Priority'], 'A rule needs a priority');
    if (names.has(rule['Name'])) throw wafError.duplicate(`rule name ${rule['Name']}`);
    if (priorities.has(rule['Priority']))
      throw wafError.invalid('PRIORITY', rule['Priority'], 'Priorities must be unique');
    if (rule['VisibilityConfig'] === undefined)
      throw wafError.invalid('METRIC_NAME', rule['Name'], 'A rule needs a VisibilityConfig');
    names.add(rule['Name']);
    priorities.add(rule['Priority']);
    const statement = (rule['Statement'] ?? {}) as Json;
    const isGroup = 'RuleGroupReferenceStatement' in statement;
    if (isGroup === 'Action' in rule) {
      throw wafError.invalid(
        'RULE_ACTION',
        rule['Name'],
        'A rule has an Action, a reference to a rule group an OverrideAction',
      );
    }
    checkStatement(statement, check, capacityOf);
  }
  const references = check.ipSets.length + check.ruleGroups.length;
  if (references > MAX_REFERENCES)
    throw wafError.limit(`${references} reference statements, at most ${MAX_REFERENCES}`);
  return check;
}

function checkStatement(statement: Json, check: RuleCheck, capacityOf: (arn: string) => number): void {
  const [[kind, body] = [], ...others] = Object.entries(statement).filter(([, value]) => value !== undefined);
  if (kind === undefined || others.length > 0)
    throw wafError.invalid('STATEMENT', statement, 'A rule has exactly one statement');
  const inner = body as Json;
  switch (kind) {
    case 'IPSetReferenceStatement': {
      const forwarded = inner['IPSetForwardedIPConfig'] as Json | undefined;
      if (forwarded !== undefined) {
        checkForwarded(forwarded);
        checkOneOf('POSITION', forwarded['Position'], ['FIRST', 'LAST', 'ANY']);
      }
      check.ipSets.push(String(inner['ARN']));
      check.capacity += SIMPLE_WCU + (forwarded?.['Position'] === 'ANY' ? ANY_POSITION_WCU : 0);
      return;
    }
    case 'GeoMatchStatement': {
      const forwarded = inner['ForwardedIPConfig'] as Json | undefined;
      if (forwarded !== undefined) checkForwarded(forwarded);
      checkCountries(inner['CountryCodes']);
      check.capacity += SIMPLE_WCU;
      return;
    }
    case 'RuleGroupReferenceStatement':
      check.ruleGroups.push(String(inner['ARN']));
      check.capacity += capacityOf(String(inner['ARN']));
      return;
    case 'NotStatement':
      checkStatement((inner['Statement'] ?? {}) as Json, check, capacityOf);
      return;
    case 'AndStatement':
    case 'OrStatement': {
      const statements = (inner['Statements'] ?? []) as Json[];
      if (statements.length < 2) throw wafError.invalid(kind, inner, 'At least two statements are needed');
      for (const one of statements) checkStatement(one, check, capacityOf);
      return;
    }
    default:
      throw notImplemented(`the WAF statement ${kind}`);
  }
}

/** https://docs.aws.amazon.com/waf/latest/APIReference/API_ForwardedIPConfig.html */
function checkForwarded(config: Json): void {
  const header = config['HeaderName'];
  if (typeof header !== 'string' || !/^[a-zA-Z0-9-]{1,255}$/.test(header))
    throw wafError.invalid('HEADER_NAME', header, 'A header has 1 to 255 letters, digits and -');
  checkOneOf('FALLBACK_BEHAVIOR', config['FallbackBehavior'], ['MATCH', 'NO_MATCH']);
}

function checkCountries(codes: unknown): void {
  const list = Array.isArray(codes) ? (codes as unknown[]) : [];
  if (list.length < 1 || list.length > MAX_COUNTRIES)
    throw wafError.invalid('GEO_MATCH_STATEMENT', codes, `A geo match has 1 to ${MAX_COUNTRIES} countries`);
  const unknown = list.find((code) => typeof code !== 'string' || !WAF_COUNTRIES.has(code));
  if (unknown !== undefined)
    throw wafError.invalid('GEO_MATCH_STATEMENT', unknown, 'This is no ISO 3166-1 alpha-2 code');
}

function checkOneOf(field: string, value: unknown, allowed: readonly string[]): void {
  if (typeof value !== 'string' || !allowed.includes(value))
    throw wafError.invalid(field, value, `One of ${allowed.join(', ')}`);
}
