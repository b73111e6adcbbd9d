import type { Rule, Statement } from '@aws-sdk/client-wafv2';
import { visibility } from './waf-api.ts';

/** IP sets by what they are for: ARNs. */
export interface Referred {
  block: readonly string[];
  allow: readonly string[];
}

/**
 * The rules that make IP sets have effect, allow before block. `exempt` keeps whoever is allowed out
 * of the block rule, so that the rest of the web ACL still judges them; `accept` lets them through
 * at once, past every later rule.
 */
export function rulesFor({ block, allow }: Referred, allows: 'exempt' | 'accept', group: string): Rule[] {
  const rules: Rule[] = [];
  if (allows === 'accept' && allow.length > 0) rules.push(rule(group, 'allow', 0, anyOf(allow)));
  if (block.length > 0) {
    const listed = anyOf(block);
    const isExempt = allows === 'exempt' && allow.length > 0;
    const statement = isExempt
      ? { AndStatement: { Statements: [listed, { NotStatement: { Statement: anyOf(allow) } }] } }
      : listed;
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

function anyOf(arns: readonly string[]): Statement {
  const statements = arns.toSorted().map((ARN): Statement => ({ IPSetReferenceStatement: { ARN } }));
  // WAF refuses an OR of one.
  return statements.length === 1 ? statements[0]! : { OrStatement: { Statements: statements } };
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
  const { IPSetReferenceStatement: set, OrStatement: or, AndStatement: and, NotStatement: not } = statement;
  const all = (statements: Statement[] | undefined): unknown[] =>
    (statements ?? [])
      .map(statementMeaning)
      .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (set !== undefined) return set.IPSetForwardedIPConfig === undefined ? set.ARN : set;
  if (or !== undefined) return { or: all(or.Statements) };
  if (and !== undefined) return { and: all(and.Statements) };
  if (not !== undefined) return { not: statementMeaning(not.Statement ?? {}) };
  return statement;
}

/** All IP sets that rules refer to, wherever. */
export function referredBy(rules: readonly Rule[]): Set<string> {
  const arns = new Set<string>();
  const walk = (statement: Statement | undefined): void => {
    if (statement?.IPSetReferenceStatement?.ARN !== undefined)
      arns.add(statement.IPSetReferenceStatement.ARN);
    for (const one of statement?.OrStatement?.Statements ?? []) walk(one);
    for (const one of statement?.AndStatement?.Statements ?? []) walk(one);
    if (statement?.NotStatement !== undefined) walk(statement.NotStatement.Statement);
  };
  for (const { Statement: statement } of rules) walk(statement);
  return arns;
}
