import {
  CreateIPSetCommand,
  CreateRuleGroupCommand,
  GetIPSetCommand,
  GetRuleGroupCommand,
  GetWebACLCommand,
  ListIPSetsCommand,
  ListRuleGroupsCommand,
  ListWebACLsCommand,
  UpdateIPSetCommand,
  UpdateRuleGroupCommand,
  type IPSetSummary,
  type Rule,
  type RuleGroupSummary,
  type Scope,
  type WAFV2Client,
  type WebACLSummary,
} from '@aws-sdk/client-wafv2';
import { createPace, type Pace } from './pace.ts';
import { createNamed } from '../failures.ts';

/** Account-wide, also the console's. https://docs.aws.amazon.com/waf/latest/developerguide/limits.html */
const READS_PER_SECOND = 5;
const PAGE = 100;

/** The name and id by which WAF knows a thing, and the token that says which state of it. */
export interface Handle {
  Name: string;
  Id: string;
  LockToken: string;
}

export type WafApi = ReturnType<typeof createWafApi>;

/** WAF in one scope and region: reads at the rate that is allowed, pages put together, errors named. */
export function createWafApi(
  waf: WAFV2Client,
  Scope: Scope,
  {
    readsPerSecond = READS_PER_SECOND,
    paces = new Map(),
  }: {
    readsPerSecond?: number;
    /** By operation, of all that share an account and region. */ paces?: Map<string, Pace>;
  } = {},
) {
  async function read<T>(operation: string, call: () => Promise<T>): Promise<T> {
    let pace = paces.get(operation);
    if (pace === undefined) paces.set(operation, (pace = createPace(readsPerSecond)));
    await pace();
    return named(operation, call);
  }

  async function pages<T>(
    operation: string,
    page: (marker: string | undefined) => Promise<{ items: T[]; next: string | undefined }>,
  ): Promise<T[]> {
    const all: T[] = [];
    for (let marker: string | undefined; ;) {
      const { items, next } = await read(operation, () => page(marker));
      all.push(...items);
      if (next === undefined || items.length === 0) return all;
      marker = next;
    }
  }

  return {
    listIpSets: () =>
      pages<IPSetSummary>('ListIPSets', async (NextMarker) => {
        const answer = await waf.send(new ListIPSetsCommand({ Scope, Limit: PAGE, NextMarker }));
        return { items: answer.IPSets ?? [], next: answer.NextMarker };
      }),
    listRuleGroups: () =>
      pages<RuleGroupSummary>('ListRuleGroups', async (NextMarker) => {
        const answer = await waf.send(new ListRuleGroupsCommand({ Scope, Limit: PAGE, NextMarker }));
        return { items: answer.RuleGroups ?? [], next: answer.NextMarker };
      }),
    listWebAcls: () =>
      pages<WebACLSummary>('ListWebACLs', async (NextMarker) => {
        const answer = await waf.send(new ListWebACLsCommand({ Scope, Limit: PAGE, NextMarker }));
        return { items: answer.WebACLs ?? [], next: answer.NextMarker };
      }),
    getIpSet: ({ Name, Id }: { Name: string; Id: string }) =>
      read('GetIPSet', () => waf.send(new GetIPSetCommand({ Scope, Name, Id }))),
    getRuleGroup: ({ Name, Id }: { Name: string; Id: string }) =>
      read('GetRuleGroup', () => waf.send(new GetRuleGroupCommand({ Scope, Name, Id }))),
    getWebAcl: ({ Name, Id }: { Name: string; Id: string }) =>
      read('GetWebACL', () => waf.send(new GetWebACLCommand({ Scope, Name, Id }))),

    createIpSet: (Name: string, IPAddressVersion: 'IPV4' | 'IPV6', Addresses: string[]) =>
      named('CreateIPSet', () =>
        waf.send(new CreateIPSetCommand({ Scope, Name, IPAddressVersion, Addresses, Description })),
      ),
    updateIpSet: ({ Name, Id, LockToken }: Handle, Addresses: string[]) =>
      named('UpdateIPSet', () =>
        waf.send(new UpdateIPSetCommand({ Scope, Name, Id, LockToken, Addresses, Description })),
      ),
    createRuleGroup: (Name: string, Capacity: number, Rules: Rule[]) =>
      named('CreateRuleGroup', () =>
        waf.send(
          new CreateRuleGroupCommand({
            Scope,
            Name,
            Capacity,
            Rules,
            Description,
            VisibilityConfig: visibility(Name),
          }),
        ),
      ),
    updateRuleGroup: ({ Name, Id, LockToken }: Handle, Rules: Rule[]) =>
      named('UpdateRuleGroup', () =>
        waf.send(
          new UpdateRuleGroupCommand({
            Scope,
            Name,
            Id,
            LockToken,
            Rules,
            Description,
            VisibilityConfig: visibility(Name),
          }),
        ),
      ),
  };
}

const Description = 'Owned by Groundwork ip-blocklist. What is edited here is undone.';

export function visibility(MetricName: string) {
  return { SampledRequestsEnabled: true, CloudWatchMetricsEnabled: true, MetricName };
}

/** https://docs.aws.amazon.com/waf/latest/APIReference/API_UpdateIPSet.html#API_UpdateIPSet_Errors */
const named = createNamed({
  conflicts: [
    'WAFOptimisticLockException',
    // Gone, or there already: our picture is out of date.
    'WAFNonexistentItemException',
    'WAFDuplicateItemException',
  ],
  throttles: ['ThrottlingException', 'SlowDown', 'WAFUnavailableEntityException'],
  limits: ['WAFLimitsExceededException'],
});
