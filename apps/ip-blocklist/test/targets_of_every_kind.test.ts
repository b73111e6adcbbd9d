import {
  AuthorizeSecurityGroupIngressCommand,
  CreateNetworkAclEntryCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { Resources, type EnforcedDistribution, type EnforcedNetworkAcl } from '@groundwork/aws-sandbox';
import type { CoverageView, Entry, Explanation, PlanView, TargetView } from '@groundwork/contracts';
import { eventually } from '@groundwork/service/testing';
import request from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { parseTargets } from '../src/domain/target-file/target-file.ts';
import { openAccount, type Account } from './support/account.ts';
import { createInstance, useDatabases, type Instance } from './support/service.ts';

const FAST = { gapMs: 0, pollMs: 20, lookMs: 100, quietMs: 50, pauseMs: 20, maxPauseMs: 200 };
const RESOURCES = Resources.parse({
  vpcs: [
    {
      cidr: '10.42.0.0/16',
      subnets: [{ name: 'public-a', cidr: '10.42.0.0/24' }],
      networkAcls: [{ name: 'guard', subnets: ['public-a'], allow: true }],
      securityGroups: [{ name: 'web', description: 'web servers' }],
    },
  ],
  webAcls: [
    { name: 'groundwork', scope: 'CLOUDFRONT', ruleGroup: { name: 'groundwork-blocklist', capacity: 60 } },
  ],
  distributions: [{ alias: 'www.example.com', origin: 'alb.example.com' }],
});
const CDN = '{ name: cdn, kind: waf-ip-set, topology: cloudfront-waf-alb }';
const GEO =
  '{ name: geo, kind: cloudfront-geo, topology: cloudfront-waf-alb, distribution: www.example.com }';
const ACL = 'kind: network-acl, networkAcl: guard, maxRules: 6';
const GROUP =
  '{ name: web, kind: security-group, topology: cloudfront-waf-alb, securityGroup: web, admits: cloudfront }';

const databases = useDatabases();
let account: Account;
let service: Instance;

beforeEach(async () => {
  account = await openAccount({ resources: RESOURCES });
});
afterEach(async () => {
  await service.stop();
  await account.close();
});

async function begin(...targets: string[]): Promise<void> {
  service = createInstance(await databases.create(), {
    config: { AWS_ENDPOINT_URL: account.endpoint },
    targets: parseTargets(`targets: [${targets.join(', ')}]`),
    timing: FAST,
  });
  await service.start();
  await eventually(async () => {
    const { items } = await get<{ items: TargetView[] }>('/v1/targets');
    return items.every(({ phase }) => ['in-sync', 'waiting'].includes(phase));
  });
}

const say = async (body: object) => {
  const answer = await request(service.app)
    .post('/v1/entries')
    .send({ action: 'block', reason: 'test', ...body });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body as Entry;
};
const get = async <T>(path: string): Promise<T> =>
  (await request(service.app).get(path).expect(200)).body as T;
const statuses = async (ip: string, country?: string) => {
  const query = country === undefined ? '' : `?country=${country}`;
  const { verdict, targets } = await get<z.infer<typeof Explanation>>(`/v1/explain/${ip}${query}`);
  return [verdict, ...targets.map(({ target, status }) => `${target} ${status}`)].join(', ');
};
const coverageOf = async (name: string): Promise<CoverageView> => {
  const { items } = await get<{ items: CoverageView[] }>('/v1/coverage');
  return items.find(({ target }) => target === name)!;
};
const control = async <T>(path: string): Promise<T> =>
  (await (await fetch(`${account.endpoint}/_sandbox/${path}`)).json()) as T;
const denied = async () => {
  const { ingress, egress } = await control<EnforcedNetworkAcl>('network-acls/us-east-1/guard');
  const of = (rules: typeof ingress) =>
    rules.filter(({ action, number }) => action === 'deny' && number < 99).map(({ cidr }) => cidr);
  return `${of(ingress).toSorted().join(' ')} | ${of(egress).toSorted().join(' ')}`;
};
const becomes = (what: () => Promise<string>, text: string) =>
  eventually(async () => (await what()) === text, { what: text });

describe('one list', () => {
  it('is enforced at every layer that can, and the others say why they cannot', async () => {
    await begin(CDN, GEO, `{ name: acl, ${ACL}, topology: ec2-public }`, GROUP);
    await say({ cidr: '203.0.113.0/24' });
    await say({ country: 'DE' });
    await say({ cidr: '192.0.2.7', action: 'allow' });
    await becomes(
      () => statuses('203.0.113.9'),
      'blocked, cdn enforced, geo unenforceable, acl enforced, web unenforceable',
    );
    await becomes(
      () => statuses('192.0.2.1', 'DE'),
      'blocked, cdn enforced, geo enforced, acl unenforceable, web unenforceable',
    );
    // CloudFront turns away the country before anything could make an exception.
    await becomes(
      () => statuses('192.0.2.7', 'DE'),
      'allowed, cdn allowed, geo allow-not-honoured, acl open, web open',
    );
    expect(await statuses('192.0.2.1')).toBe('not-listed, cdn open, geo open, acl open, web open');
    await becomes(denied, '203.0.113.0/24 | 203.0.113.0/24');
    const { geoRestriction } = await control<EnforcedDistribution>('distributions/www.example.com');
    expect(geoRestriction).toEqual({ type: 'blacklist', locations: ['DE'] });
    const geo = await coverageOf('geo');
    expect(geo).toMatchObject({
      ipv4: { listed: 256, enforced: 0, unenforceable: 256 },
      countries: { enforced: ['DE'], unenforceable: [] },
      allowsNotHonoured: ['192.0.2.7/32'],
    });
    expect((await coverageOf('acl')).countries).toMatchObject({ enforced: [], unenforceable: ['DE'] });
    expect(geo.conditions[0]?.source).toMatch(/^https:\/\/docs\.aws\.amazon\.com\//);
    expect(geo.timeToBlock.count).toBe(1);
  });

  it('that does not fit into a network ACL is cut to what is surest, and coverage says what gave way', async () => {
    await begin(`{ name: acl, ${ACL}, topology: ec2-public }`);
    await say({ cidr: '203.0.113.1', confidence: 20 });
    await say({ cidr: '203.0.113.3', confidence: 40 });
    await say({ cidr: '203.0.113.5', confidence: 60 });
    // Six rules, of which two are there and one is kept free.
    await becomes(
      denied,
      '203.0.113.1/32 203.0.113.3/32 203.0.113.5/32 | 203.0.113.1/32 203.0.113.3/32 203.0.113.5/32',
    );
    await say({ cidr: '203.0.113.7', confidence: 90 });
    await becomes(() => statuses('203.0.113.1'), 'blocked, acl dropped');
    await becomes(() => statuses('203.0.113.7'), 'blocked, acl enforced');
    expect((await coverageOf('acl')).droppedNetworks).toEqual(['203.0.113.1/32']);
  });

  it('widens for a network ACL as far as it may, by what covers most of what is sure', async () => {
    await begin(
      `{ name: acl, ${ACL}, topology: ec2-public, whenFull: { widen: { maxCollateral: 8, widestPrefix: { ipv4: 28 } } } }`,
    );
    for (const last of [0, 2, 4, 6, 128, 130, 250]) await say({ cidr: `203.0.113.${last}` });
    await say({ cidr: '203.0.113.1', action: 'allow' });
    await eventually(async () => (await coverageOf('acl')).phase === 'in-sync');
    await becomes(() => statuses('203.0.113.5'), 'not-listed, acl collateral');
    // What is allowed is never blocked along.
    await becomes(() => statuses('203.0.113.1'), 'allowed, acl open');
    await eventually(async () => (await coverageOf('acl')).ipv4.pending === 0);
    const { ipv4 } = await coverageOf('acl');
    expect(ipv4.enforced + ipv4.dropped).toBe(7);
    expect(ipv4.collateral).toBeLessThanOrEqual(8);
    expect(ipv4.enforced).toBeGreaterThan(3);
  });
});

describe('a security group', () => {
  it('that somebody opens is told and closed again', async () => {
    await begin(GROUP);
    const target = () => get<TargetView>('/v1/targets/web');
    await eventually(async () => (await target()).phase === 'in-sync');
    await openToEverybody(account.endpoint);
    await eventually(async () => (await target()).drift !== null);
    // It is told before it is closed, and the phase may be that of before.
    await eventually(async () => {
      const { items } = await get<{ items: { what: string; detail: { what?: string } }[] }>(
        '/v1/audit?target=web&limit=1000',
      );
      return items.some(({ detail }) => detail.what?.startsWith('Keeps 0.0.0.0/0 out of sg-'));
    });
    await eventually(async () => (await target()).phase === 'in-sync');
  });
});

describe('what was there before', () => {
  it('is kept by a security group until somebody approves the plan, and comes back with a rollback', async () => {
    await openToEverybody(account.endpoint);
    await begin(GROUP);
    const target = () => get<TargetView>('/v1/targets/web');
    expect((await target()).phase).toBe('waiting');
    const plan = await get<PlanView>('/v1/targets/web/plan');
    expect(plan.allow.removed).toEqual(['0.0.0.0/0']);
    const { version } = await target();
    await request(service.app).post('/v1/targets/web/apply').send({ hash: plan.hash }).expect(202);
    await eventually(async () => (await target()).version > version);
    await eventually(async () => (await target()).phase === 'in-sync');
    await request(service.app).post('/v1/targets/web/rollback').send({ version }).expect(202);
    await eventually(async () => (await get<PlanView>('/v1/targets/web/plan')).allow.removed.length === 1);
  });

  it('leaves room in a network ACL only for what is surest, and that is enforced', async () => {
    const ec2 = new EC2Client({ endpoint: account.endpoint, region: 'us-east-1' });
    const { id: NetworkAclId } = await control<EnforcedNetworkAcl>('network-acls/us-east-1/guard');
    for (const Egress of [false, true]) {
      const rule = { NetworkAclId, Egress, Protocol: '-1', RuleAction: 'deny', RuleNumber: 7 } as const;
      await ec2.send(new CreateNetworkAclEntryCommand({ ...rule, CidrBlock: '198.51.100.0/24' }));
    }
    ec2.destroy();
    await begin(`{ name: acl, ${ACL}, topology: ec2-public }`);
    for (const [last, confidence] of [
      [5, 100],
      [7, 60],
      [3, 40],
      [1, 20],
    ] as const) {
      await say({ cidr: `203.0.113.${last}`, confidence });
    }
    // Six rules: two of others, one free, and one that was there before.
    await becomes(() => statuses('203.0.113.5'), 'blocked, acl enforced');
    await becomes(() => statuses('203.0.113.7'), 'blocked, acl enforced');
    await becomes(
      denied,
      '198.51.100.0/24 203.0.113.5/32 203.0.113.7/32 | 198.51.100.0/24 203.0.113.5/32 203.0.113.7/32',
    );
    await eventually(async () => (await get<TargetView>('/v1/targets/acl')).phase === 'waiting');
  });
});

describe('where the client is not seen', () => {
  it.each([
    ['behind CloudFront', `{ name: acl, ${ACL}, topology: cloudfront-waf-alb }`, 'Behind CloudFront'],
    [
      'behind an ALB',
      `{ name: acl, ${ACL}, topology: alb-waf, subnetsOf: targets }`,
      'An ALB ends the connection',
    ],
    [
      'behind an NLB that replaces it',
      `{ name: acl, ${ACL}, topology: nlb, subnetsOf: targets }`,
      'The NLB replaces',
    ],
    [
      'by the web ACL of an ALB behind CloudFront',
      '{ name: acl, kind: waf-ip-set, topology: cloudfront-alb-waf }',
      'The web ACL of an ALB behind CloudFront',
    ],
    [
      'for want of the header',
      '{ name: acl, kind: waf-ip-set, topology: cloudfront-waf-alb, forwardedIp: {} }',
      'A rule about X-Forwarded-For is not applied',
    ],
    [
      'by what an NLB does not have',
      '{ name: acl, kind: security-group, topology: nlb, securityGroup: web, admits: { securityGroup: web }, loadBalancerGroup: none }',
      'An NLB that was made without a security group',
    ],
  ])('%s nothing is written, and targets, explain and coverage say why', async (_where, target, reason) => {
    await begin(target);
    await say({ cidr: '203.0.113.9' });
    const view = () => get<TargetView>('/v1/targets/acl');
    await eventually(async () => (await view()).phase === 'waiting');
    const { conditions } = await view();
    expect(conditions[0]).toMatchObject({
      severity: 'blind',
      source: expect.stringContaining('https://') as string,
    });
    expect(conditions[0]?.message).toContain(reason);
    const { targets } = await get<z.infer<typeof Explanation>>('/v1/explain/203.0.113.9');
    expect(targets[0]).toMatchObject({ status: 'unenforceable', source: conditions[0]?.source });
    expect((await coverageOf('acl')).ipv4).toMatchObject({ enforced: 0, unenforceable: 1 });
    expect(await denied()).toBe(' | ');
  });

  it.each([
    [`{ name: acl, ${ACL}, topology: nlb, subnetsOf: targets, clientIp: preserved }`],
    [`{ name: acl, ${ACL}, topology: ec2-public }`],
  ])('by contrast, %s sees it', async (target) => {
    await begin(target);
    await say({ cidr: '203.0.113.9' });
    await becomes(() => statuses('203.0.113.9'), 'blocked, acl enforced');
  });
});

async function openToEverybody(endpoint: string): Promise<void> {
  const ec2 = new EC2Client({ endpoint, region: 'us-east-1' });
  const { SecurityGroups = [] } = await ec2.send(
    new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'group-name', Values: ['web'] }] }),
  );
  const open = { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
  const GroupId = SecurityGroups[0]?.GroupId;
  await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [open] }));
  ec2.destroy();
}
