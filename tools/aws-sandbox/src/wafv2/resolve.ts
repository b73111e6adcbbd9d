import { createHash } from 'node:crypto';
import { notImplemented } from '../http/aws-error.ts';
import type { Item } from './items.ts';

type Json = Record<string, unknown>;

/** Which address is meant, instead of the source address of the connection. */
export interface ForwardedAddress {
  /** Name of the header. */
  header: string;
  /** Where in the header. */
  position: 'FIRST' | 'LAST' | 'ANY';
  /** For a header without a valid address there; without the header the rule is not applied at all. */
  fallback: 'MATCH' | 'NO_MATCH';
}

/** A condition with everything that it refers to in it. */
export type Condition =
  | { addresses: string[]; forwarded?: ForwardedAddress }
  | { countries: string[]; forwarded?: ForwardedAddress }
  | { not: Condition }
  | { all: Condition[] }
  | { any: Condition[] };

/** A rule as it is enforced, in order of priority. `count` lets pass. */
export type EnforcedRule = { name: string } & (
  | { action: 'allow' | 'block' | 'count'; when: Condition }
  | { rules: EnforcedRule[]; countOnly: boolean }
);

export interface EnforcedAcl {
  /** Changes with any part of it. */
  version: string;
  defaultAction: 'allow' | 'block';
  rules: EnforcedRule[];
}

/** What stands behind a web ACL, for whoever plays the part of CloudFront or the ALB. */
export function resolveWebAcl(acl: Item, find: (arn: string) => Item | undefined): EnforcedAcl {
  const tokens = createHash('sha256').update(acl.lockToken);
  const need = (arn: unknown): Item => {
    const item = find(String(arn));
    if (item === undefined) throw new Error(`${String(arn)} is gone`);
    tokens.update(item.lockToken);
    return item;
  };
  const ruleOf = (rule: Json): EnforcedRule => {
    const statement = rule['Statement'] as Json;
    const name = String(rule['Name']);
    const group = statement['RuleGroupReferenceStatement'] as Json | undefined;
    if (group === undefined) {
      return { name, action: actionOf(rule['Action'] as Json), when: conditionOf(statement, need) };
    }
    const countOnly = 'Count' in ((rule['OverrideAction'] ?? {}) as Json);
    return { name, countOnly, rules: inOrder(need(group['ARN']).body['Rules']).map(ruleOf) };
  };
  const rules = inOrder(acl.body['Rules']).map(ruleOf);
  const defaultAction = actionOf(acl.body['DefaultAction'] as Json) === 'block' ? 'block' : 'allow';
  return { version: tokens.digest('hex'), defaultAction, rules };
}

function conditionOf(statement: Json, need: (arn: unknown) => Item): Condition {
  const [kind = '', body] = Object.entries(statement).find(([, value]) => value !== undefined) ?? [];
  const inner = (body ?? {}) as Json;
  const each = () => (inner['Statements'] as Json[]).map((one) => conditionOf(one, need));
  switch (kind) {
    case 'IPSetReferenceStatement':
      return {
        addresses: need(inner['ARN']).body['Addresses'] as string[],
        ...forwardedOf(inner['IPSetForwardedIPConfig']),
      };
    case 'GeoMatchStatement':
      return { countries: inner['CountryCodes'] as string[], ...forwardedOf(inner['ForwardedIPConfig']) };
    case 'NotStatement':
      return { not: conditionOf(inner['Statement'] as Json, need) };
    case 'AndStatement':
      return { all: each() };
    case 'OrStatement':
      return { any: each() };
    default:
      throw notImplemented(`${kind} at the edge`);
  }
}

/** A geo match has no position: it looks at the first address only. */
function forwardedOf(config: unknown): { forwarded?: ForwardedAddress } {
  if (config === undefined) return {};
  const { HeaderName, Position = 'FIRST', FallbackBehavior } = config as Json;
  return {
    forwarded: {
      header: String(HeaderName),
      position: Position as ForwardedAddress['position'],
      fallback: FallbackBehavior as ForwardedAddress['fallback'],
    },
  };
}

function inOrder(rules: unknown): Json[] {
  return ((rules ?? []) as Json[]).toSorted((a, b) => Number(a['Priority']) - Number(b['Priority']));
}

function actionOf(action: Json): 'allow' | 'block' | 'count' {
  if ('Block' in action) return 'block';
  return 'Allow' in action ? 'allow' : 'count';
}
