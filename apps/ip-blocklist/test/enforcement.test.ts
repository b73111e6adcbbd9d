import { isDeepStrictEqual } from 'node:util';
import {
  CreateIPSetCommand,
  ListIPSetsCommand,
  ListRuleGroupsCommand,
  UpdateIPSetCommand,
  UpdateRuleGroupCommand,
} from '@aws-sdk/client-wafv2';
import type {
  CoverageView,
  Entry,
  Explanation,
  PlanView,
  TargetVersionView,
  TargetView,
} from '@groundwork/contracts';
import { subtract, union } from '@groundwork/ip-ranges';
import { eventually } from '@groundwork/service/testing';
import request from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { rulesFor } from '../src/adapters/waf/rules.ts';
import { visibility } from '../src/adapters/waf/waf-api.ts';
import { parseTargets } from '../src/domain/target-file/target-file.ts';
import { setOf } from '../src/domain/networks.ts';
import { landsOf, openAccount, textOf, type Account } from './support/account.ts';
import { createInstance, useDatabases, type Instance } from './support/service.ts';

const databases = useDatabases();
const TARGET = 'name: cdn, kind: waf-ip-set, topology: cloudfront-waf-alb';
const FAST = { gapMs: 0, pollMs: 20, lookMs: 200, quietMs: 50, pauseMs: 20, maxPauseMs: 200 };

let account: Account;
let service: Instance;

const instance = (url: string, described = TARGET) =>
  createInstance(url, {
    config: { AWS_ENDPOINT_URL: account.endpoint },
    targets: parseTargets(`targets: [{ ${described} }]`),
    timing: FAST,
  });

async function begin(described?: string): Promise<void> {
  service = instance(await databases.create(), described);
  await service.start();
  await eventually(async () => ['in-sync', 'waiting'].includes((await target()).phase));
}

beforeEach(async () => {
  account = await openAccount();
});
afterEach(async () => {
  await service.stop();
  await account.close();
});

const say = async (body: object) => {
  const answer = await request(service.app)
    .post('/v1/entries')
    .send({ action: 'block', reason: 'test', ...body });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body as Entry;
};
const get = async <T>(path: string): Promise<T> => {
  const answer = await request(service.app).get(path);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body as T;
};
const post = (path: string, body: object = {}) => request(service.app).post(path).send(body);
/** As somebody would in the console. */
async function edit(name: string, addresses: string[]): Promise<void> {
  const place = { Scope: 'CLOUDFRONT', Name: name } as const;
  const { IPSets = [] } = await account.waf.send(new ListIPSetsCommand({ Scope: 'CLOUDFRONT' }));
  const { Id, LockToken } = IPSets.find((set) => set.Name === name) ?? {};
  await account.waf.send(new UpdateIPSetCommand({ ...place, Id, LockToken, Addresses: addresses }));
}
/** Makes the rule group refer to IP sets, as an earlier installation would have left it. */
async function refer(block: string[]): Promise<void> {
  const Name = 'groundwork-blocklist';
  const place = { Scope: 'CLOUDFRONT', Name } as const;
  const { RuleGroups = [] } = await account.waf.send(new ListRuleGroupsCommand({ Scope: 'CLOUDFRONT' }));
  const { Id, LockToken } = RuleGroups.find((group) => group.Name === Name) ?? {};
  const Rules = rulesFor({ block, allow: [], countries: [] }, { allows: 'exempt', ruleGroup: Name });
  const VisibilityConfig = visibility(Name);
  await account.waf.send(new UpdateRuleGroupCommand({ ...place, Id, LockToken, Rules, VisibilityConfig }));
}
const blocks = (networks: string, scope?: 'REGIONAL') =>
  eventually(async () => textOf(await account.blocked(scope)) === networks);
const story = async (ip: string) => {
  const { verdict, targets } = await get<z.infer<typeof Explanation>>(`/v1/explain/${ip}`);
  return `${verdict}, ${targets.map(({ status }) => status).join(' ')}`;
};
const target = () => get<TargetView>('/v1/targets/cdn');

describe('a block', () => {
  it('is enforced, gives way to an allow, and ends when its time is up; explain tells each moment', async () => {
    await begin();
    expect(await story('203.0.113.9')).toMatch(/^not-listed, (open|pending)$/);
    await say({ cidr: '203.0.113.0/24', ttlSeconds: 2 });
    await say({ cidr: '2001:db8::/32' });
    await blocks('203.0.113.0/24 2001:db8::/32');
    await eventually(async () => (await story('203.0.113.9')) === 'blocked, enforced');
    const { targets } = await get<z.infer<typeof Explanation>>('/v1/explain/203.0.113.9');
    expect(targets[0]?.by).toMatchObject({
      part: 'groundwork-blocklist-block-v4-1',
      network: '203.0.113.0/24',
    });
    const allow = await say({ cidr: '203.0.113.128/25', action: 'allow' });
    await blocks('203.0.113.0/25 2001:db8::/32');
    await eventually(async () => (await story('203.0.113.200')) === 'allowed, allowed');
    await request(service.app).delete(`/v1/entries/${allow.id}`);
    await blocks('203.0.113.0/24 2001:db8::/32');
    await blocks('2001:db8::/32');
    await eventually(async () => (await story('203.0.113.9')) === 'not-listed, open');
    await eventually(async () => {
      const { items } = await get<{ items: { what: string }[] }>('/v1/audit?target=cdn');
      return items.filter(({ what }) => what === 'target.write').length >= 5;
    });
  });
});

describe('a target', () => {
  it('says what it holds, and every listed address is counted once', async () => {
    await begin('name: cdn, kind: waf-ip-set, topology: cloudfront-waf-alb, maxSets: { ipv4: 1, ipv6: 0 }');
    await say({ cidr: '203.0.113.0/24' });
    await say({ cidr: '203.0.113.9', action: 'allow' });
    await say({ cidr: '2001:db8::/32' });
    await say({ country: 'KP' });
    await blocks(textOf(union(subtract(setOf(['203.0.113.0/24']), setOf(['203.0.113.9'])), landsOf(['KP']))));
    await eventually(async () => (await target()).phase === 'in-sync');
    const { items } = await get<{ items: CoverageView[] }>('/v1/coverage');
    expect(items).toHaveLength(1);
    const [{ ipv4, ipv6, countries, timeToBlock }] = items as [CoverageView];
    expect(ipv4).toEqual({
      listed: 255,
      enforced: 255,
      pending: 0,
      dropped: 0,
      unenforceable: 0,
      collateral: 0,
      leftover: 0,
      // One, or what was around the allow before that was in force, and what has been filled in since.
      networks: expect.toSatisfy((networks: number) => networks >= 1 && networks <= 9),
      capacity: 10_000,
    });
    expect(ipv6).toMatchObject({ listed: String(2n ** 96n), enforced: '0', dropped: String(2n ** 96n) });
    expect(countries).toMatchObject({ enforced: ['KP'], pending: [], unenforceable: [] });
    expect(await story('2001:db8::1')).toBe('blocked, dropped');
    expect(timeToBlock.count).toBe(2);
    expect(timeToBlock.p99Ms).toBeLessThan(5_000);
  });

  it('says that it blocks nobody when no web ACL refers to its rule group', async () => {
    await begin('name: cdn, kind: waf-ip-set, topology: cloudfront-waf-alb, ruleGroup: lonely');
    await say({ cidr: '203.0.113.9' });
    await eventually(async () => (await story('203.0.113.9')) === 'blocked, unenforceable');
    const blind = { severity: 'blind', message: 'No web ACL refers to the rule group lonely' };
    await eventually(async () => isDeepStrictEqual((await target()).conditions, [blind]));
    const { items } = await get<{ items: CoverageView[] }>('/v1/coverage');
    expect(items[0]?.ipv4).toMatchObject({ listed: 1, enforced: 0, unenforceable: 1 });
  });

  it('in mode plan is written only as approved, and only by the plan that was looked at', async () => {
    await begin(`${TARGET}, mode: plan`);
    await say({ cidr: '203.0.113.9' });
    await eventually(async () => (await target()).phase === 'waiting');
    const plan = await get<PlanView>('/v1/targets/cdn/plan');
    expect(plan).toMatchObject({ isEmpty: false, block: { added: ['203.0.113.9/32'], addedCount: 1 } });
    await say({ cidr: '203.0.113.10' });
    const stale = await post('/v1/targets/cdn/apply', { hash: plan.hash });
    expect(stale.status).toBe(409);
    expect(stale.body).toMatchObject({ code: 'not_possible' });
    const { hash } = await get<PlanView>('/v1/targets/cdn/plan');
    expect((await post('/v1/targets/cdn/apply', { hash })).status).toBe(202);
    await blocks('203.0.113.9/32 203.0.113.10/32');
    await eventually(async () => (await target()).phase === 'in-sync');
    await say({ cidr: '203.0.113.11' });
    await eventually(async () => !(await get<PlanView>('/v1/targets/cdn/plan')).isEmpty);
    // Somebody is to approve again.
    await eventually(async () => (await target()).phase === 'waiting');
    expect(await story('203.0.113.11')).toBe('blocked, pending');
    expect(textOf(await account.blocked())).toBe('203.0.113.9/32 203.0.113.10/32');
  });

  it('goes back to a version and stays there until it is released', async () => {
    await begin();
    await say({ cidr: '203.0.113.9' });
    await blocks('203.0.113.9/32');
    await say({ cidr: '198.51.100.0/24' });
    await blocks('198.51.100.0/24 203.0.113.9/32');
    await eventually(async () => (await target()).phase === 'in-sync');
    const { items } = await get<{ items: TargetVersionView[] }>('/v1/targets/cdn/versions');
    const first = items.findLast(({ block }) => block.added.includes('203.0.113.9/32'));
    expect((await post('/v1/targets/cdn/rollback', { version: first?.version })).status).toBe(202);
    await blocks('203.0.113.9/32');
    await say({ cidr: '192.0.2.1' });
    await eventually(
      async () => (await target()).pin?.kind === 'rollback' && (await target()).phase === 'in-sync',
    );
    expect(await story('192.0.2.1')).toBe('blocked, pending');
    expect((await post('/v1/targets/cdn/rollback', { version: 10_000 })).status).toBe(409);
    expect((await post('/v1/targets/cdn/release')).status).toBe(202);
    await blocks('192.0.2.1/32 198.51.100.0/24 203.0.113.9/32');
  });

  it('goes back to no block of what is protected by now', async () => {
    await begin();
    const old = await say({ cidr: '198.51.100.7' });
    await blocks('198.51.100.7/32');
    await eventually(async () => (await target()).phase === 'in-sync');
    const { version } = await target();
    await request(service.app).delete(`/v1/entries/${old.id}`);
    await blocks('');
    await service.stop();
    service = createInstance(service.url, {
      config: { AWS_ENDPOINT_URL: account.endpoint, PROTECTED_RANGES: ['office=198.51.100.0/24'] },
      targets: parseTargets(`targets: [{ ${TARGET} }]`),
      timing: FAST,
    });
    await service.start();
    await say({ cidr: '203.0.113.9' });
    await blocks('203.0.113.9/32');
    expect((await post('/v1/targets/cdn/rollback', { version })).status).toBe(202);
    await blocks('');
    expect(
      (await get<{ because: string; protectedAs: string }>('/v1/explain/198.51.100.7')).protectedAs,
    ).toBe('office');
  });

  it('undoes what somebody else edits, and says so', async () => {
    await begin();
    await say({ cidr: '203.0.113.9' });
    await blocks('203.0.113.9/32');
    await edit('groundwork-blocklist-block-v4-1', ['198.51.100.1/32']);
    await blocks('203.0.113.9/32');
    await eventually(async () => (await target()).drift !== null);
    expect((await target()).drift?.what).toBe('Somebody else changed groundwork-blocklist-block-v4-1');
    const { items } = await get<{ items: TargetVersionView[] }>('/v1/targets/cdn/versions');
    expect(items.find(({ cause }) => cause === 'drift')?.block).toMatchObject({
      added: ['198.51.100.1/32'],
      removed: ['203.0.113.9/32'],
    });
  });

  it('does not unblock what it finds on the first day, before somebody agrees', async () => {
    service = instance(await databases.create());
    const { Summary } = await account.waf.send(
      new CreateIPSetCommand({
        Scope: 'CLOUDFRONT',
        Name: 'groundwork-blocklist-block-v4-1',
        IPAddressVersion: 'IPV4',
        Addresses: ['198.51.100.0/24'],
      }),
    );
    await refer([String(Summary?.ARN)]);
    await blocks('198.51.100.0/24');
    await service.start();
    await say({ cidr: '203.0.113.9' });
    await eventually(async () => (await target()).phase === 'waiting');
    expect((await target()).message).toContain('approve its plan');
    // What is new is blocked meanwhile.
    await blocks('198.51.100.0/24 203.0.113.9/32');
    const { hash, block } = await get<PlanView>('/v1/targets/cdn/plan');
    expect(block.removed).toEqual(['198.51.100.0/24']);
    await post('/v1/targets/cdn/apply', { hash });
    await blocks('203.0.113.9/32');
    await eventually(async () => (await target()).pin === null);
    await say({ cidr: '203.0.113.10' });
    await blocks('203.0.113.9/32 203.0.113.10/32');
  });

  it('keeps everything blocked while AWS or the database does not answer', async () => {
    await begin();
    await say({ cidr: '203.0.113.9' });
    await blocks('203.0.113.9/32');
    account.faults.add({ kind: 'error', operation: 'wafv2:*' });
    await say({ cidr: '203.0.113.10' });
    await eventually(async () => (await target()).phase === 'failing');
    expect(textOf(await account.blocked())).toBe('203.0.113.9/32');
    account.faults.clear();
    await blocks('203.0.113.9/32 203.0.113.10/32');
  });
});

describe('a ban', () => {
  it.each([
    ['throttled', { kind: 'throttle', operation: 'wafv2:UpdateIPSet', times: 2 }],
    ['done, but its answer is lost', { kind: 'lost-response', operation: 'wafv2:UpdateIPSet', times: 2 }],
    [
      'done, but the answer about its rules is lost',
      { kind: 'lost-response', operation: 'wafv2:*', times: 3 },
    ],
    ['refused by an error', { kind: 'error', operation: 'wafv2:UpdateIPSet', times: 2 }],
  ] as const)("whose write is %s is enforced in the end, and is nobody else's edit", async (_name, fault) => {
    await begin();
    await say({ cidr: '203.0.113.9' });
    await blocks('203.0.113.9/32');
    account.faults.add(fault);
    await say({ cidr: '203.0.113.11' });
    await blocks('203.0.113.9/32 203.0.113.11/32');
    await eventually(async () => (await target()).phase === 'in-sync');
    expect((await target()).drift).toBeNull();
  });

  it('is one write of one IP set', async () => {
    await begin();
    for (let i = 0; i < 5; i += 1) await say({ cidr: `203.0.113.${i * 2}` });
    await blocks(Array.from({ length: 5 }, (_, i) => `203.0.113.${i * 2}/32`).join(' '));
    await eventually(async () => (await target()).phase === 'in-sync');
    const writes = async () =>
      (await get<{ items: TargetVersionView[] }>('/v1/targets/cdn/versions?limit=100')).items.length;
    const before = await writes();
    const calls = account.faults.add({ kind: 'latency', operation: 'wafv2:UpdateIPSet', latencyMs: 0 });
    await say({ cidr: '203.0.113.100' });
    await eventually(async () => (await writes()) === before + 1);
    await eventually(async () => (await target()).phase === 'in-sync');
    expect(calls.struck).toBe(1);
  });
});
