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

/** What web ACLs make of the rule group, in words. It is blind only if none of them blocks by it. */
export function conditionsOf(acls: Iterable<WebACL>, group: { name: string; arn: string }): Condition[] {
  const notes: string[] = [];
  let enforcing = 0;
  for (const { Name, Rules = [] } of acls) {
    const ours = Rules.find(({ Statement: s }) => s?.RuleGroupReferenceStatement?.ARN === group.arn);
    if (ours === undefined) continue;
    if (countsOnly(ours)) {
      notes.push(`The web ACL ${Name} only counts what the rule group ${group.name} matches`);
      continue;
    }
    enforcing += 1;
    const before = Rules.filter((rule) => isBefore(rule, ours) && rule.Action?.Allow !== undefined);
    if (before.length > 0) {
      const names = before.map((rule) => rule.Name).join(', ');
      notes.push(
        `In the web ACL ${Name} what ${names} allows gets past the rule group ${group.name}, which comes later`,
      );
    }
  }
  if (enforcing === 0 && notes.length === 0) notes.push(`No web ACL refers to the rule group ${group.name}`);
  return notes.map((message) => ({ severity: enforcing === 0 ? 'blind' : 'note', message }));
}

/** The group as a whole, or its block rule, is made to count. */
function countsOnly({ OverrideAction, Statement: statement }: Rule): boolean {
  const { RuleActionOverrides = [], ExcludedRules = [] } = (statement?.RuleGroupReferenceStatement ?? {}) as {
    RuleActionOverrides?: { Name?: string; ActionToUse?: object }[];
    ExcludedRules?: { Name?: string }[];
  };
  return (
    OverrideAction?.Count !== undefined ||
    ExcludedRules.some(({ Name }) => Name === 'block') ||
    RuleActionOverrides.some(({ Name, ActionToUse }) => Name === 'block' && !('Block' in (ActionToUse ?? {})))
  );
}

function isBefore(a: Rule, b: Rule): boolean {
  return (a.Priority ?? 0) < (b.Priority ?? 0);
}
