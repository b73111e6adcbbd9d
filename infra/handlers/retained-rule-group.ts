import {
  CreateRuleGroupCommand,
  GetRuleGroupCommand,
  ListRuleGroupsCommand,
  TagResourceCommand,
  UntagResourceCommand,
  WAFDuplicateItemException,
  WAFV2Client,
} from '@aws-sdk/client-wafv2';
import { setTimeout as delay } from 'node:timers/promises';

export interface RuleGroupEvent {
  RequestType: 'Create' | 'Update' | 'Delete';
  /** The ARN of the group. */
  PhysicalResourceId?: string;
  ResourceProperties: RuleGroupProperties;
  OldResourceProperties?: Partial<RuleGroupProperties>;
}

export interface RuleGroupProperties {
  Name: string;
  /** Default: CLOUDFRONT. */
  Scope?: 'CLOUDFRONT' | 'REGIONAL';
  /** In web ACL capacity units; CloudFormation makes text of numbers. */
  Capacity: string;
  /** Said once, when it is made: from then on it goes with the rules. */
  Description: string;
  Tags: Record<string, string>;
}

const ATTEMPTS = 10;
/** What WAF has just made it may not list yet. In ms. */
const LISTED_AFTER_MS = 1_000;

/**
 * A rule group whose rules are not written here but by ip-blocklist. Whatever is deployed, rolled back or deleted, no
 * call is made that could touch them: UpdateRuleGroup replaces all rules, so even a new description has to wait for
 * whoever owns them. May run any number of times, also after a lost answer: what has the name is the group.
 */
export function createHandler(waf: WAFV2Client, log: (line: string) => void = console.log) {
  return async (event: RuleGroupEvent) => {
    const { RequestType, PhysicalResourceId, ResourceProperties, OldResourceProperties } = event;
    if (RequestType === 'Delete') {
      log(
        `${PhysicalResourceId} is retained with its IP sets: delete them by hand if nobody needs them any more`,
      );
      return { PhysicalResourceId };
    }
    const { Name, Scope = 'CLOUDFRONT', Capacity, Tags } = ResourceProperties;
    // By its ARN and not by what the last deployment wanted: that one may have failed, and this be its rollback.
    const named = PhysicalResourceId?.split('/').at(-2);
    if (RequestType === 'Update' && named !== Name) {
      throw new Error(
        `The rule group ${named} cannot become ${Name}: until ip-blocklist has filled the new one, nothing would be blocked. Keep the name, or make a stack of its own for the new one`,
      );
    }
    const place = Scope === 'CLOUDFRONT' ? 'global' : 'regional';
    const placed = PhysicalResourceId?.split(':').at(-1)?.split('/')[0];
    if (RequestType === 'Update' && placed !== place) {
      throw new Error(
        `The rule group ${Name} is ${placed} and cannot become ${place}: until ip-blocklist has filled another one, nothing would be blocked. Make a stack of its own for the new one`,
      );
    }
    const { arn, id } = await groupOf(waf, ResourceProperties, log);
    const { RuleGroup } = await waf.send(new GetRuleGroupCommand({ Scope, Name, Id: id }));
    if (RuleGroup?.Capacity !== Number(Capacity)) {
      throw new Error(
        `The rule group ${Name} has a capacity of ${RuleGroup?.Capacity}, not ${Capacity}, and it is fixed for good. Deploy with the one it has; or, if what it blocks may go, take it out of its web ACL, delete it and its IP sets ${Name}-*, and deploy again`,
      );
    }
    await tag(waf, arn, Tags, OldResourceProperties?.Tags ?? {});
    return { PhysicalResourceId: arn, Data: { Arn: arn, Id: id } };
  };
}

/** The group of the name; made, empty, where there is none. */
async function groupOf(
  waf: WAFV2Client,
  { Name, Scope = 'CLOUDFRONT', Capacity, Description }: RuleGroupProperties,
  log: (line: string) => void,
): Promise<{ arn: string; id: string }> {
  for (let attempt = 1; ; attempt += 1) {
    const found = await find(waf, Scope, Name);
    if (found !== undefined) return found;
    if (attempt > ATTEMPTS) throw new Error(`The rule group ${Name} was made, and WAF does not list it`);
    if (attempt > 1) await delay(LISTED_AFTER_MS);
    try {
      await waf.send(
        new CreateRuleGroupCommand({
          Scope,
          Name,
          Capacity: Number(Capacity),
          Description,
          Rules: [],
          VisibilityConfig: {
            SampledRequestsEnabled: true,
            CloudWatchMetricsEnabled: true,
            MetricName: Name,
          },
        }),
      );
      log(`The rule group ${Name} is made, and empty`);
    } catch (error) {
      // Somebody else was quicker, or we were: the answer to a first try was lost.
      if (!(error instanceof WAFDuplicateItemException)) throw error;
    }
  }
}

async function find(
  waf: WAFV2Client,
  Scope: 'CLOUDFRONT' | 'REGIONAL',
  name: string,
): Promise<{ arn: string; id: string } | undefined> {
  let NextMarker: string | undefined;
  do {
    const page = await waf.send(new ListRuleGroupsCommand({ Scope, Limit: 100, NextMarker }));
    const found = page.RuleGroups?.find(({ Name }) => Name === name);
    if (found?.ARN !== undefined && found.Id !== undefined) return { arn: found.ARN, id: found.Id };
    ({ NextMarker } = page);
  } while (NextMarker !== undefined);
  return undefined;
}

/** Only those that were put there by us are taken away again. */
async function tag(
  waf: WAFV2Client,
  ResourceARN: string,
  tags: Record<string, string>,
  before: Record<string, string>,
): Promise<void> {
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  if (Tags.length > 0) await waf.send(new TagResourceCommand({ ResourceARN, Tags }));
  const TagKeys = Object.keys(before).filter((key) => !(key in tags));
  if (TagKeys.length > 0) await waf.send(new UntagResourceCommand({ ResourceARN, TagKeys }));
}

// In its own region, which is us-east-1 where it is CloudFront's. WAF takes one write a second, and ip-blocklist makes
// some too: the SDK waits for its turn.
export const handler = createHandler(new WAFV2Client({ maxAttempts: 10 }));
