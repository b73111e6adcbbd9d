import {
  CreateIPSetCommand,
  CreateRuleGroupCommand,
  CreateWebACLCommand,
  GetIPSetCommand,
  UpdateIPSetCommand,
  WAFV2Client,
  type Rule,
  type Scope,
} from '@aws-sdk/client-wafv2';
import { eventually } from '@groundwork/service/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { EnforcedAcl } from '@groundwork/aws-sandbox';
import type { Client } from '../src/client.ts';
import { compileAcl, type Verdict } from '../src/compile-acl.ts';
import { startEdge, startUpstream } from './edge.ts';
import { askFrom, credentials, startAccount } from './sandbox.ts';

async function startWaf(Scope: Scope, region: string) {
  const { endpoint, close } = await startAccount();
  const waf = new WAFV2Client({ endpoint, region, credentials });
  onTestFinished(() => waf.destroy());
  const newSet = async (Name: string, Addresses: string[]) => {
    const { Summary } = await waf.send(
      new CreateIPSetCommand({ Name, Scope, IPAddressVersion: 'IPV4', Addresses }),
    );
    const which = { Name, Id: Summary?.Id, Scope };
    return {
      arn: Summary?.ARN ?? '',
      async set(addresses: string[]) {
        const { LockToken } = await waf.send(new GetIPSetCommand(which));
        await waf.send(new UpdateIPSetCommand({ ...which, LockToken, Addresses: addresses }));
      },
    };
  };
  const visibility = { SampledRequestsEnabled: false, CloudWatchMetricsEnabled: false, MetricName: 'x' };
  const rule = (Name: string, Priority: number, arn: string, action: 'Allow' | 'Block'): Rule => ({
    Name,
    Priority,
    Statement: { IPSetReferenceStatement: { ARN: arn } },
    Action: { [action]: {} },
    VisibilityConfig: visibility,
  });
  const [allowed, blocked] = [await newSet('allowed', []), await newSet('blocked', [])];
  const { Summary: group } = await waf.send(
    new CreateRuleGroupCommand({
      Name: 'blocklist',
      Scope,
      Capacity: 10,
      Rules: [rule('block', 2, blocked.arn, 'Block'), rule('allow', 1, allowed.arn, 'Allow')],
      VisibilityConfig: visibility,
    }),
  );
  await waf.send(
    new CreateWebACLCommand({
      Name: 'groundwork',
      Scope,
      DefaultAction: { Allow: {} },
      VisibilityConfig: visibility,
      Rules: [
        {
          Name: 'blocklist',
          Priority: 0,
          Statement: { RuleGroupReferenceStatement: { ARN: group?.ARN } },
          OverrideAction: { None: {} },
          VisibilityConfig: visibility,
        },
      ],
    }),
  );
  return { sandboxUrl: endpoint, allowed, blocked, close };
}

describe.each([
  ['cloudfront-waf-alb', 'CLOUDFRONT', 'us-east-1'],
  ['alb-waf', 'REGIONAL', 'eu-central-1'],
] as const)('%s', (topology, scope, region) => {
  it('refuses whom the web ACL blocks, by the address of the connection, until it does not any more', async () => {
    const account = await startWaf(scope, region);
    const upstream = await startUpstream((_req, res) => res.end('hello'));
    const { port } = await startEdge([upstream.url], { topology, sandboxUrl: account.sandboxUrl });
    const statusFor = async (from: string) => (await askFrom(port, from)).status;
    expect(await statusFor('127.0.0.9')).toBe(200);
    await account.blocked.set(['127.0.0.8/31']);
    await eventually(async () => (await statusFor('127.0.0.9')) === 403);
    expect(await statusFor('127.0.0.10')).toBe(200);
    expect(JSON.parse((await askFrom(port, '127.0.0.9')).body)).toMatchObject({
      code: 'blocked_by_waf',
      detail: '127.0.0.9 is blocked by the rule blocklist/block.',
    });
    await account.allowed.set(['127.0.0.9/32']);
    await eventually(async () => (await statusFor('127.0.0.9')) === 200);
    expect(await statusFor('127.0.0.8')).toBe(403);
    // What cannot be read any more stays as it was: nobody is unblocked by that.
    await account.close();
    expect(await statusFor('127.0.0.8')).toBe(403);
  });
});

/** For what no header matters to. */
const judging = (judge: (client: Client) => Verdict) => (address: string) => judge({ address, headers: {} });

describe('a web ACL', () => {
  const acl = (rules: EnforcedAcl['rules'], defaultAction: 'allow' | 'block' = 'allow') =>
    judging(
      compileAcl({ version: '', defaultAction, rules }, (address) =>
        address === '192.0.2.1' ? 'DE' : undefined,
      ),
    );

  it('is decided by the first rule that allows or blocks, or else by its default', () => {
    const one = { addresses: ['192.0.2.0/24'] };
    const judge = acl(
      [
        { name: 'counts', action: 'count', when: one },
        { name: 'group', countOnly: true, rules: [{ name: 'in it', action: 'block', when: one }] },
        { name: 'second', action: 'allow', when: { all: [one, { not: { addresses: ['192.0.2.9/32'] } }] } },
      ],
      'block',
    );
    expect(judge('192.0.2.1')).toEqual({ action: 'allow', rule: 'second' });
    expect(judge('192.0.2.9')).toEqual({ action: 'block', rule: 'default' });
  });

  it('knows IPv6, countries, and any of several conditions', () => {
    const judge = acl([
      {
        name: 'any',
        action: 'block',
        when: { any: [{ countries: ['DE'] }, { addresses: ['2001:0db8:0000:0000:0000:0000:0000:0000/32'] }] },
      },
    ]);
    expect(judge('192.0.2.1').action).toBe('block');
    expect(judge('192.0.2.2').action).toBe('allow');
    expect(judge('2001:db8::7').action).toBe('block');
    expect(judge('2001:db9::7').action).toBe('allow');
  });
});
