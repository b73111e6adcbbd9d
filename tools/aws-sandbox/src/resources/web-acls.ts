import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateRuleGroupCommand,
  CreateWebACLCommand,
  ListRuleGroupsCommand,
  ListWebACLsCommand,
  type VisibilityConfig,
  type WAFV2Client,
} from '@aws-sdk/client-wafv2';
import { z } from 'zod';

/** A web ACL that lets everything pass but what its one rule group, empty at first, comes to refuse. */
export const WebAcl = z.strictObject({
  name: z.string(),
  scope: z.enum(['CLOUDFRONT', 'REGIONAL']),
  ruleGroup: z.strictObject({ name: z.string(), capacity: z.int().min(1).max(5_000) }),
});
export type WebAcl = z.infer<typeof WebAcl>;

/** One write a second is all that WAF takes, of a whole account: others may have taken this second's. */
const RETRY_MS = 250;
const PATIENCE_MS = 10_000;

/** What has the name is left as it is: rules that services have put into it stay in force. */
export async function applyWebAcl(waf: WAFV2Client, { name, scope, ruleGroup }: WebAcl): Promise<void> {
  const arn = await findOr(
    ruleGroup.name,
    (NextMarker) =>
      waf
        .send(new ListRuleGroupsCommand({ Scope: scope, NextMarker }))
        .then((page) => ({ items: page.RuleGroups, next: page.NextMarker })),
    () =>
      waf.send(
        new CreateRuleGroupCommand({
          Name: ruleGroup.name,
          Scope: scope,
          Capacity: ruleGroup.capacity,
          VisibilityConfig: visibility(ruleGroup.name),
        }),
      ),
  );
  await findOr(
    name,
    (NextMarker) =>
      waf
        .send(new ListWebACLsCommand({ Scope: scope, NextMarker }))
        .then((page) => ({ items: page.WebACLs, next: page.NextMarker })),
    () =>
      waf.send(
        new CreateWebACLCommand({
          Name: name,
          Scope: scope,
          DefaultAction: { Allow: {} },
          VisibilityConfig: visibility(name),
          Rules: [
            {
              Name: ruleGroup.name,
              Priority: 0,
              Statement: { RuleGroupReferenceStatement: { ARN: arn } },
              OverrideAction: { None: {} },
              VisibilityConfig: visibility(ruleGroup.name),
            },
          ],
        }),
      ),
  );
}

interface Page {
  items: readonly { Name?: string | undefined; ARN?: string | undefined }[] | undefined;
  next: string | undefined;
}

/** The ARN of what has this name, made if nothing has. */
async function findOr(
  name: string,
  list: (marker: string | undefined) => Promise<Page>,
  create: () => Promise<{ Summary?: { ARN?: string | undefined } | undefined }>,
): Promise<string | undefined> {
  let marker: string | undefined;
  do {
    const page = await patiently(() => list(marker));
    const found = page.items?.find((one) => one.Name === name);
    if (found !== undefined) return found.ARN;
    marker = page.next;
  } while (marker !== undefined);
  return (await patiently(create)).Summary?.ARN;
}

/** Again while WAF says that it was asked too often. */
async function patiently<T>(call: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if ((error as Error).name !== 'ThrottlingException' || performance.now() > deadline) throw error;
      await delay(RETRY_MS);
    }
  }
}

const visibility = (name: string): VisibilityConfig => ({
  SampledRequestsEnabled: false,
  CloudWatchMetricsEnabled: false,
  MetricName: name,
});
