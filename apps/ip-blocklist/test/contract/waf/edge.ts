import type { Rule, Statement } from '@aws-sdk/client-wafv2';
import type { EnforcedAcl } from '@groundwork/aws-sandbox';
import type { RangeSet } from '@groundwork/ip-ranges';
import { blockedBy, type Condition } from '../../support/account.ts';
import type { WafAccount } from './account.ts';

/** What a web ACL turns away, by what the API shows of it and of all that it refers to. */
export async function turnedAwayBy(account: WafAccount, webAcl: string): Promise<RangeSet> {
  const nameOf = (arn = ''): string => arn.split('/').at(-2) ?? '';

  async function conditionOf(statement: Statement): Promise<Condition> {
    const all = (statements: Statement[] = []) => Promise.all(statements.map(conditionOf));
    const { IPSetReferenceStatement: set, NotStatement: not, AndStatement: and, OrStatement: or } = statement;
    if (set !== undefined) return { addresses: (await account.ipSet(nameOf(set.ARN)))?.Addresses ?? [] };
    if (not !== undefined) return { not: await conditionOf(not.Statement ?? {}) };
    if (and !== undefined) return { all: await all(and.Statements) };
    if (or !== undefined) return { any: await all(or.Statements) };
    if (statement.GeoMatchStatement !== undefined) {
      return { countries: statement.GeoMatchStatement.CountryCodes ?? [] };
    }
    throw new Error(`not understood: ${JSON.stringify(statement)}`);
  }

  async function ruleOf({ Name: name = '', ...rule }: Rule): Promise<EnforcedAcl['rules'][number]> {
    const group = rule.Statement?.RuleGroupReferenceStatement;
    if (group !== undefined) {
      const rules = await rulesOf((await account.ruleGroup(nameOf(group.ARN)))?.Rules);
      return { name, rules, countOnly: rule.OverrideAction?.Count !== undefined };
    }
    const { Block, Allow } = rule.Action ?? {};
    const action = Block !== undefined ? 'block' : Allow === undefined ? 'count' : 'allow';
    return { name, action, when: await conditionOf(rule.Statement ?? {}) };
  }

  const rulesOf = (rules: Rule[] = []) =>
    Promise.all(rules.toSorted((a, b) => (a.Priority ?? 0) - (b.Priority ?? 0)).map(ruleOf));
  return blockedBy({ rules: await rulesOf((await account.webAcl(webAcl))?.Rules) });
}
