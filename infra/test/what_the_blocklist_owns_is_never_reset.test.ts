import {
  CreateIPSetCommand,
  CreateRuleGroupCommand,
  GetIPSetCommand,
  GetRuleGroupCommand,
  ListRuleGroupsCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
  UpdateIPSetCommand,
  UpdateRuleGroupCommand,
  WAFV2Client,
} from '@aws-sdk/client-wafv2';
import { startSandbox } from '@groundwork/aws-sandbox';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createHandler, type RuleGroupEvent } from '../handlers/retained-rule-group.ts';

const Scope = 'CLOUDFRONT';
const NAME = 'groundwork-test-blocklist';
const wanted = { Name: NAME, Capacity: '60', Description: 'ours', Tags: { stage: 'test' } };
const visibility = (MetricName: string) => ({
  MetricName,
  SampledRequestsEnabled: true,
  CloudWatchMetricsEnabled: true,
});

/** An account of its own, the handler as it runs in Lambda, and what ip-blocklist does at run time. */
async function account() {
  const stateDir = mkdtempSync(join(tmpdir(), 'infra-waf-'));
  const sandbox = await startSandbox({ host: '127.0.0.1', port: 0, stateDir, throttleWaf: false });
  const waf = new WAFV2Client({
    endpoint: sandbox.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 10,
  });
  onTestFinished(async () => {
    waf.destroy();
    await sandbox.close();
    rmSync(stateDir, { recursive: true, force: true });
  });
  const lines: string[] = [];
  const run = createHandler(waf, (line) => lines.push(line));
  const group = async () => {
    const { RuleGroups = [] } = await waf.send(new ListRuleGroupsCommand({ Scope }));
    const { Name, Id } = RuleGroups.find((one) => one.Name === NAME) ?? {};
    const { RuleGroup, LockToken } = await waf.send(new GetRuleGroupCommand({ Scope, Name, Id }));
    return { count: RuleGroups.length, LockToken, ...RuleGroup };
  };
  return {
    waf,
    run,
    lines,
    group,
    faults: sandbox.faults,
    create: () => run({ RequestType: 'Create', ResourceProperties: wanted }),
    update: (
      PhysicalResourceId: string,
      properties: Partial<RuleGroupEvent['ResourceProperties']>,
      old = {},
    ) =>
      run({
        RequestType: 'Update',
        PhysicalResourceId,
        ResourceProperties: { ...wanted, ...properties },
        OldResourceProperties: { ...wanted, ...old },
      }),
    tags: async (ResourceARN: string) => {
      const { TagInfoForResource } = await waf.send(new ListTagsForResourceCommand({ ResourceARN }));
      return Object.fromEntries((TagInfoForResource?.TagList ?? []).map(({ Key, Value }) => [Key, Value]));
    },
    /** An IP set with one network, and a rule that blocks it; returns how to look at them. */
    block: async () => {
      const set = { Scope, Name: `${NAME}-block-v4-1` } as const;
      const { Summary } = await waf.send(
        new CreateIPSetCommand({ ...set, IPAddressVersion: 'IPV4', Addresses: ['203.0.113.0/24'] }),
      );
      const { Id, LockToken } = Summary ?? {};
      await waf.send(
        new UpdateIPSetCommand({ ...set, Id, LockToken, Addresses: ['203.0.113.0/24', '192.0.2.7/32'] }),
      );
      const { Id: GroupId, LockToken: GroupToken } = await group();
      await waf.send(
        new UpdateRuleGroupCommand({
          Scope,
          Name: NAME,
          Id: GroupId,
          LockToken: GroupToken,
          VisibilityConfig: visibility(NAME),
          Rules: [
            {
              Name: 'block',
              Priority: 1,
              Action: { Block: {} },
              Statement: { IPSetReferenceStatement: { ARN: Summary?.ARN } },
              VisibilityConfig: visibility('block'),
            },
          ],
        }),
      );
      return async () => ({
        group: await group(),
        set: await waf
          .send(new GetIPSetCommand({ ...set, Id }))
          .then(({ IPSet, LockToken: token }) => ({ IPSet, token })),
      });
    },
  };
}

describe('the rule group', () => {
  it('is made empty, with its capacity and tags', async () => {
    const { create, group, tags } = await account();
    const { PhysicalResourceId = '', Data } = await create();
    const made = await group();
    expect(made).toMatchObject({ count: 1, Capacity: 60, Rules: [], ARN: PhysicalResourceId });
    expect(Data).toEqual({ Arn: made.ARN, Id: made.Id });
    expect(await tags(PhysicalResourceId)).toEqual({ stage: 'test' });
  });

  it('keeps rules, addresses and lock tokens when it is deployed with other tags and another description', async () => {
    const { create, block, update, tags, waf } = await account();
    const { PhysicalResourceId: arn = '' } = await create();
    await waf.send(new TagResourceCommand({ ResourceARN: arn, Tags: [{ Key: 'cost-centre', Value: '7' }] }));
    const look = await block();
    const before = await look();
    const updated = await update(arn, { Tags: { owner: 'ip-blocklist' }, Description: 'theirs' });
    expect(updated.PhysicalResourceId).toBe(arn);
    expect(await look()).toEqual(before);
    expect(before.group.Rules).toHaveLength(1);
    expect(before.set.IPSet?.Addresses).toHaveLength(2);
    // Its own tags are replaced; those of others stay.
    expect(await tags(arn)).toEqual({ owner: 'ip-blocklist', 'cost-centre': '7' });
  });

  it('is taken over with all that is in it when it is there already', async () => {
    const { create, block } = await account();
    const first = await create();
    const look = await block();
    const before = await look();
    expect(await create()).toEqual(first);
    expect(await look()).toEqual(before);
  });

  it('is made once when the answer is lost', async () => {
    const { create, faults, group } = await account();
    faults.add({ kind: 'lost-response', operation: 'wafv2:CreateRuleGroup', times: 1 });
    const { PhysicalResourceId } = await create();
    expect(await group()).toMatchObject({ count: 1, ARN: PhysicalResourceId });
  });

  it('is made once when two make it at the same time', async () => {
    const { create, group } = await account();
    const [first, second] = await Promise.all([create(), create()]);
    expect(first).toEqual(second);
    expect((await group()).count).toBe(1);
  });

  it('waits when WAF has too much to do', async () => {
    const { create, faults, group } = await account();
    faults.add({ kind: 'throttle', operation: 'wafv2:CreateRuleGroup', times: 2 });
    faults.add({ kind: 'throttle', operation: 'wafv2:ListRuleGroups', times: 1 });
    await create();
    expect((await group()).count).toBe(1);
  });

  it('is kept with all that is in it when its stack is deleted, and the log says so', async () => {
    const { create, block, run, lines } = await account();
    const { PhysicalResourceId = '' } = await create();
    const look = await block();
    const before = await look();
    await run({ RequestType: 'Delete', PhysicalResourceId, ResourceProperties: wanted });
    expect(await look()).toEqual(before);
    expect(lines.at(-1)).toBe(
      `${PhysicalResourceId} is retained with its IP sets: delete them by hand if nobody needs them any more`,
    );
  });

  it('of another capacity is refused, with what to do', async () => {
    const { create, waf, group } = await account();
    await waf.send(
      new CreateRuleGroupCommand({
        Scope,
        Name: NAME,
        Capacity: 20,
        Rules: [],
        VisibilityConfig: visibility(NAME),
      }),
    );
    const before = await group();
    await expect(create()).rejects.toThrow(
      'has a capacity of 20, not 60, and it is fixed for good. Deploy with the one it has',
    );
    expect(await group()).toEqual(before);
  });

  it('cannot be renamed, as nothing would be blocked; and a rollback of that goes through', async () => {
    const { create, block, update } = await account();
    const { PhysicalResourceId: arn = '' } = await create();
    const look = await block();
    const before = await look();
    await expect(update(arn, { Name: 'another' })).rejects.toThrow('nothing would be blocked');
    await expect(update(arn, { Capacity: '70' })).rejects.toThrow('not 70');
    await update(arn, {}, { Name: 'another', Capacity: '70' });
    expect(await look()).toEqual(before);
  });

  it('that somebody deleted is made again, as another one', async () => {
    const { create, update } = await account();
    const { PhysicalResourceId: arn = '' } = await create();
    const gone = arn.replace(/[^/]+$/, '00000000-0000-4000-8000-000000000000');
    expect((await update(gone, {})).PhysicalResourceId).toBe(arn);
  });
});

describe('the rule group of a region', () => {
  const regional = { ...wanted, Scope: 'REGIONAL' as const };

  it('is made, found again and kept like that of CloudFront', async () => {
    const { run, waf } = await account();
    const first = await run({ RequestType: 'Create', ResourceProperties: regional });
    expect(first.PhysicalResourceId).toMatch(`:regional/rulegroup/${NAME}/`);
    expect(await run({ RequestType: 'Create', ResourceProperties: regional })).toEqual(first);
    const { RuleGroups } = await waf.send(new ListRuleGroupsCommand({ Scope: 'REGIONAL' }));
    expect(RuleGroups).toMatchObject([{ Name: NAME }]);
    expect((await waf.send(new ListRuleGroupsCommand({ Scope }))).RuleGroups).toEqual([]);
  });

  it('does not become that of CloudFront, as nothing would be blocked', async () => {
    const { create, run, update, waf } = await account();
    const { PhysicalResourceId: arn = '' } = await run({
      RequestType: 'Create',
      ResourceProperties: regional,
    });
    await expect(update(arn, {}, regional)).rejects.toThrow('is regional and cannot become global');
    expect((await waf.send(new ListRuleGroupsCommand({ Scope }))).RuleGroups).toEqual([]);
    const { PhysicalResourceId: other = '' } = await create();
    await expect(update(other, { Scope: 'REGIONAL' })).rejects.toThrow('cannot become regional');
  });
});
