import {
  CreateNetworkAclEntryCommand,
  DeleteNetworkAclEntryCommand,
  DescribeNetworkAclsCommand,
  EC2Client,
  type CreateNetworkAclEntryCommandInput,
} from '@aws-sdk/client-ec2';
import { Resources, type EnforcedNetworkAclEntry } from '@groundwork/aws-sandbox';
import { eventually } from '@groundwork/service/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { EdgeOptions } from '../src/index.ts';
import { compileNetworkAcl } from '../src/network-acl.ts';
import { startEdge, startUpstream } from './edge.ts';
import { askFrom, credentials, startAccount } from './sandbox.ts';

const CLIENT = '127.0.0.9';

async function start(topology: EdgeOptions['topology']) {
  const vpcs = [{ cidr: '10.0.0.0/16', networkAcls: [{ name: 'groundwork-public', allow: true }] }];
  const account = await startAccount(Resources.parse({ vpcs }));
  const region = 'us-east-1';
  const ec2 = new EC2Client({ endpoint: account.endpoint, region, credentials });
  onTestFinished(() => ec2.destroy());
  const { NetworkAcls } = await ec2.send(
    new DescribeNetworkAclsCommand({ Filters: [{ Name: 'tag:Name', Values: ['groundwork-public'] }] }),
  );
  const NetworkAclId = NetworkAcls?.[0]?.NetworkAclId;
  const upstream = await startUpstream((_req, res) => res.end('hello'));
  /** What a client hears of an edge: an answer, or that the connection ends. */
  const open = async (of: EdgeOptions['topology']) => {
    const options = { topology: of, region, sandboxUrl: account.endpoint };
    const { port } = await startEdge([upstream.url], options);
    return (from = CLIENT) =>
      askFrom(port, from).then(
        ({ status }) => status,
        () => 'dropped',
      );
  };
  const entry = (RuleNumber: number, direction: 'ingress' | 'egress') => ({
    NetworkAclId,
    RuleNumber,
    Egress: direction === 'egress',
  });
  return {
    ...account,
    upstream,
    hear: await open(topology),
    /** Another edge in front of the same. */
    beside: open,
    deny: (
      number: number,
      direction: 'ingress' | 'egress',
      more: Partial<CreateNetworkAclEntryCommandInput> = {},
    ) =>
      ec2.send(
        new CreateNetworkAclEntryCommand({
          ...entry(number, direction),
          Protocol: '-1',
          RuleAction: 'deny',
          CidrBlock: '127.0.0.8/31',
          ...more,
        }),
      ),
    remove: (number: number, direction: 'ingress' | 'egress') =>
      ec2.send(new DeleteNetworkAclEntryCommand(entry(number, direction))),
  };
}

describe.each(['alb-waf', 'alb', 'nlb', 'ec2-public'] as const)('%s', (topology) => {
  it('drops connections of whom the network ACL denies, until it does not any more', async () => {
    const { hear, deny, remove, upstream } = await start(topology);
    expect(await hear()).toBe(200);
    await deny(50, 'ingress');
    await eventually(async () => (await hear()) === 'dropped');
    const before = upstream.asked.length;
    expect([await hear('127.0.0.8'), await hear('127.0.0.10')]).toEqual(['dropped', 200]);
    expect(upstream.asked).toHaveLength(before + 1);
    await remove(50, 'ingress');
    await eventually(async () => (await hear()) === 200);
  });
});

it('drops a connection whose answers the network ACL denies', async () => {
  const { hear, deny, remove } = await start('nlb');
  await deny(50, 'egress', { Protocol: '6', PortRange: { From: 1_024, To: 65_535 } });
  await eventually(async () => (await hear()) === 'dropped');
  await remove(50, 'egress');
  await eventually(async () => (await hear()) === 200);
});

it('goes by the first entry that matches', async () => {
  const { hear, deny } = await start('ec2-public');
  await deny(50, 'ingress');
  await eventually(async () => (await hear()) === 'dropped');
  await deny(40, 'ingress', { RuleAction: 'allow', CidrBlock: `${CLIENT}/32` });
  await eventually(async () => (await hear()) === 200);
  expect(await hear('127.0.0.8')).toBe('dropped');
});

it('keeps the last network ACL in force when the sandbox is gone', async () => {
  const { hear, deny, close } = await start('alb');
  await deny(50, 'ingress');
  await eventually(async () => (await hear()) === 'dropped');
  await close();
  expect([await hear(), await hear('127.0.0.10')]).toEqual(['dropped', 200]);
});

it('is not asked behind CloudFront, where it would see CloudFront only', async () => {
  const { hear, deny, beside } = await start('cloudfront-waf-alb');
  const another = await beside('alb');
  await deny(50, 'ingress', { CidrBlock: '0.0.0.0/0' });
  // One that has to ask knows by now.
  await eventually(async () => (await another()) === 'dropped');
  expect(await hear()).toBe(200);
});

it('refuses nobody as long as there is no network ACL of the name', async () => {
  const { endpoint } = await startAccount();
  const upstream = await startUpstream((_req, res) => res.end('hello'));
  const { port } = await startEdge([upstream.url], { topology: 'nlb', sandboxUrl: endpoint });
  expect((await askFrom(port, CLIENT)).status).toBe(200);
});

describe('a network ACL', () => {
  const allow = (number: number, cidr = '0.0.0.0/0'): EnforcedNetworkAclEntry => ({
    number,
    action: 'allow',
    protocol: '-1',
    cidr,
  });
  const open = [allow(100), allow(101, '::/0')];
  const acl = (ingress: EnforcedNetworkAclEntry[], egress = open) =>
    compileNetworkAcl({ version: '', id: 'acl-1', ingress, egress });

  it('denies what no entry matches, in either direction', () => {
    expect(acl([])('192.0.2.1')).toEqual({ direction: 'ingress', entry: '*' });
    expect(acl(open, [])('192.0.2.1')).toEqual({ direction: 'egress', entry: '*' });
    expect(acl(open)('192.0.2.1')).toBeUndefined();
  });

  it('goes by ascending numbers, whatever the order they come in', () => {
    const deny = { ...allow(99, '192.0.2.0/24'), action: 'deny' as const };
    expect(acl([allow(100), deny])('192.0.2.1')).toEqual({ direction: 'ingress', entry: 99 });
    expect(acl([allow(100), { ...deny, number: 101 }])('192.0.2.1')).toBeUndefined();
  });

  it('passes over entries for other protocols and ports', () => {
    const deny = { ...allow(50), action: 'deny' as const };
    expect(acl([{ ...deny, protocol: '17' }, ...open])('192.0.2.1')).toBeUndefined();
    const tcp = { ...deny, protocol: '6' };
    expect(acl([{ ...tcp, ports: { from: 80, to: 80 } }, ...open])('192.0.2.1')).toBeUndefined();
    expect(acl([{ ...tcp, ports: { from: 400, to: 443 } }, ...open])('192.0.2.1')).toBeDefined();
    expect(acl(open, [{ ...tcp, ports: { from: 443, to: 443 } }, ...open])('192.0.2.1')).toBeUndefined();
  });

  it('knows IPv6 apart from IPv4', () => {
    const judge = acl([{ ...allow(50, '2001:db8::/32'), action: 'deny' }, ...open]);
    expect(judge('2001:db8::1')).toEqual({ direction: 'ingress', entry: 50 });
    expect(judge('2001:db9::1')).toBeUndefined();
    expect(acl([allow(100)])('2001:db8::1')).toEqual({ direction: 'ingress', entry: '*' });
    expect(acl([allow(101, '::/0')])('192.0.2.1')).toEqual({ direction: 'ingress', entry: '*' });
  });
});
