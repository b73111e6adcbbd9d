import type { Rule, WebACL } from '@aws-sdk/client-wafv2';
import type { Condition } from '../../ports/enforcer.ts';
import type { WafApi } from './waf-api.ts';

/** Where a rule group has effect: the web ACLs that refer to it. */
export async function attachmentsOf(
  api: WafApi,
  known: ReadonlyMap<string, WebACL>,
): Promise<Map<string, WebACL>> {
  const acls = new Map<string, WebACL>();
  for (const { Name = '', Id = '', LockToken = '' } of await api.listWebAcls()) {
    const acl = known.get(LockToken) ?? (await api.getWebAcl({ Name, Id })).WebACL;
    if (acl !== undefined) acls.set(LockToken, acl);
  }
  return acls;
}

/** What web ACLs make of the rule group, in words. */
export function conditionsOf(acls: Iterable<WebACL>, group: { name: string; arn: string }): Condition[] {
  const conditions: Condition[] = [];
  let attached = 0;
  for (const { Name, Rules = [] } of acls) {
    const ours = Rules.find(({ Statement: s }) => s?.RuleGroupReferenceStatement?.ARN === group.arn);
    if (ours === undefined) continue;
    attached += 1;
    if (ours.OverrideAction?.Count !== undefined) {
      conditions.push({
        severity: 'blind',
        message: `The web ACL ${Name} only counts what the rule group ${group.name} matches`,
      });
      continue;
    }
    const before = Rules.filter((rule) => isBefore(rule, ours) && rule.Action?.Allow !== undefined);
    if (before.length > 0) {
      const names = before.map((rule) => rule.Name).join(', ');
      conditions.push({
        severity: 'note',
        message: `In the web ACL ${Name} what ${names} allows gets past the rule group ${group.name}, which comes later`,
      });
    }
  }
  if (attached === 0) {
    conditions.push({ severity: 'blind', message: `No web ACL refers to the rule group ${group.name}` });
  }
  return conditions;
}

function isBefore(a: Rule, b: Rule): boolean {
  return (a.Priority ?? 0) < (b.Priority ?? 0);
}
