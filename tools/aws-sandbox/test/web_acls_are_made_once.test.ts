import {
  GetRuleGroupCommand,
  GetWebACLCommand,
  ListRuleGroupsCommand,
  ListWebACLsCommand,
  UpdateRuleGroupCommand,
  WAFV2Client,
  type Scope,
} from '@aws-sdk/client-wafv2';
import { expect, it, onTestFinished } from 'vitest';
import { Resources } from '../src/index.ts';
import { visibility } from './contract/wafv2.ts';
import { start, stateDir } from './sandbox.ts';

const SCOPES = ['CLOUDFRONT', 'REGIONAL'] as const;
const resources = Resources.parse({
  webAcls: SCOPES.map((scope) => ({ name: 'web', scope, ruleGroup: { name: 'blocklist', capacity: 60 } })),
});

function connect(endpoint: string) {
  const waf = new WAFV2Client({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  onTestFinished(() => waf.destroy());
  return {
    waf,
    async acl(Scope: Scope) {
      const { WebACLs: [summary] = [] } = await waf.send(new ListWebACLsCommand({ Scope }));
      return waf.send(new GetWebACLCommand({ Scope, Name: summary?.Name, Id: summary?.Id }));
    },
    async group(Scope: Scope) {
      const { RuleGroups: [summary] = [] } = await waf.send(new ListRuleGroupsCommand({ Scope }));
      const which = { Scope, Name: summary?.Name, Id: summary?.Id };
      return { which, ...(await waf.send(new GetRuleGroupCommand(which))) };
    },
  };
}

it('makes a web ACL with an empty rule group in both scopes, as slowly as WAF lets it', async () => {
  // The ration of WAF is in force: the second scope has to wait for its turn.
  const { endpoint } = await start(undefined, { resources });
  const made = connect(endpoint);
  for (const scope of SCOPES) {
    const { RuleGroup } = await made.group(scope);
    expect(RuleGroup).toMatchObject({ Name: 'blocklist', Capacity: 60, Rules: [] });
    expect((await made.acl(scope)).WebACL).toMatchObject({
      Name: 'web',
      DefaultAction: { Allow: {} },
      Capacity: 60,
      Rules: [
        {
          Priority: 0,
          OverrideAction: { None: {} },
          Statement: { RuleGroupReferenceStatement: { ARN: RuleGroup?.ARN } },
        },
      ],
    });
  }
});

it('leaves at the next start what has been made of them', async () => {
  const dir = stateDir();
  const first = await start(dir, { resources });
  const before = connect(first.endpoint);
  const { which, LockToken } = await before.group('CLOUDFRONT');
  const rule = {
    Name: 'geo',
    Priority: 3,
    Statement: { GeoMatchStatement: { CountryCodes: ['KP' as const] } },
    Action: { Block: {} },
    VisibilityConfig: visibility('geo'),
  };
  await before.waf.send(
    new UpdateRuleGroupCommand({
      ...which,
      LockToken,
      Rules: [rule],
      VisibilityConfig: visibility('blocklist'),
    }),
  );
  const acl = await before.acl('CLOUDFRONT');
  await first.stop();

  const after = connect((await start(dir, { resources })).endpoint);
  expect((await after.group('CLOUDFRONT')).RuleGroup?.Rules).toMatchObject([{ Name: 'geo' }]);
  expect((await after.acl('CLOUDFRONT')).LockToken).toBe(acl.LockToken);
});
