import { AgentView, Explanation } from '@groundwork/contracts';
import { eventually, isSkipped } from '@groundwork/service/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createStub, hostFor, openLab, passedOn, type Lab } from './support/lab.ts';
import { droppedIn, whyMissing } from './support/namespaces.ts';
import { startProcess } from './support/processes.ts';
import { textOf } from './support/account.ts';
import { useDatabases } from './support/service.ts';

const missing = whyMissing();
const skipped = isSkipped({ name: 'the agent on a host', missing });

const [BLOCKED, ALSO, ADMIN, FREE] = ['198.51.100.7', '198.51.100.8', '198.51.100.9', '203.0.113.1'];
const [BLOCKED6, FREE6] = ['2001:db8:1::7', '2001:db8:1::8'];

/** Single addresses and networks that nothing can merge. */
const MANY = Array.from({ length: 100_000 }, (_, i) => {
  const [a, b] = [i >> 14, (i >> 6) & 255];
  return i % 10 === 0 ? `10.${a}.${b}.${(i & 63) * 4}/31` : `10.${a}.${b}.${(i & 63) * 4}/32`;
});
const inOrder = (more: readonly string[]): string[] => [...MANY, ...more.map((one) => `${one}/32`)];

describe.skipIf(skipped)('the agent on a host', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await openLab();
    for (const source of [BLOCKED, FREE, BLOCKED6]) await comesTo(source, true);
  });
  afterEach(() => lab.close());
  const comesTo = (source: string, passes: boolean) =>
    eventually(async () => (await lab.passes(source)) === passes, {
      what: `${source} ${passes ? 'in' : 'out'}`,
    });
  const dropped = () => textOf(droppedIn(lab.host.ruleset()));

  describe('with the service', () => {
    const databases = useDatabases();

    it('drops what is listed and nothing else, and tells the service, which explains it', async () => {
      const service = await startProcess({
        DATABASE_URL: await databases.create(),
        AUTH_ALLOWED_HOSTS: '192.0.2.10',
      });
      const get = async (path: string) => (await fetch(service.url + path)).json();
      const say = async (cidr: string): Promise<string> => {
        const answer = await fetch(`${service.url}/v1/entries`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ cidr, action: 'block', reason: 'test' }),
        });
        return ((await answer.json()) as { id: string }).id;
      };
      try {
        lab.serve(passedOn(service.url));
        const id = await say(BLOCKED);
        await say('2001:db8:1::7/128');
        lab.startAgent();
        await comesTo(BLOCKED, false);
        await comesTo(BLOCKED6, false);
        for (const source of [FREE, FREE6, ALSO]) expect(await lab.passes(source)).toBe(true);

        const agents = async () =>
          z.object({ items: z.array(AgentView) }).parse(await get('/v1/agents')).items;
        await eventually(async () => (await agents())[0]?.status === 'in-sync');
        expect((await agents())[0]).toMatchObject({ name: 'web-1', networks: 2, spared: [], conditions: [] });
        const hosts = async (ip: string) => Explanation.parse(await get(`/v1/explain/${ip}`)).hosts;
        expect(await hosts(BLOCKED)).toMatchObject([{ agent: 'web-1', status: 'enforced' }]);
        expect(await hosts(FREE)).toMatchObject([{ status: 'open' }]);
        expect(await (await fetch(`${service.url}/metrics`)).text()).toMatch(
          /ip_blocklist_agent_in_sync\{agent="web-1",.*\} 1/,
        );

        await fetch(`${service.url}/v1/entries/${id}`, { method: 'DELETE' });
        await comesTo(BLOCKED, true);
        expect(await lab.passes(BLOCKED6)).toBe(false);
      } finally {
        await service.kill();
      }
    });
  });

  it('takes 100,000 entries, and each change under load, while nobody else loses a packet', async () => {
    const stub = createStub(inOrder([BLOCKED]));
    lab.serve(stub.listener);
    const began = performance.now();
    lab.startAgent({ POLL_SECONDS: '0.1' });
    await eventually(stub.isEnforced, { withinMs: 30_000, what: 'the list' });
    const loadMs = performance.now() - began;
    expect(await lab.passes(BLOCKED)).toBe(false);

    await lab.ask({ kind: 'stream', from: FREE, to: hostFor(FREE), everyMs: 5 });
    const times: number[] = [];
    for (let change = 0; change < 12; change += 1) {
      const listed = change % 2 === 0 ? [BLOCKED, ALSO] : [BLOCKED];
      stub.set(inOrder(listed));
      const at = performance.now();
      await eventually(stub.isEnforced, { what: `change ${change}` });
      times.push(performance.now() - at);
      const [from, to] = [ALSO, hostFor(ALSO)];
      const { answered } = await lab.ask({ kind: 'tcp', from, to, count: 1, everyMs: 0 });
      expect(answered, `change ${change}`).toBe(change % 2);
    }
    const { sent, answered } = await lab.ask({ kind: 'stop' });
    expect(sent).toBeGreaterThan(400);
    expect(answered).toBe(sent);
    const median = times.toSorted((a, b) => a - b)[times.length >> 1]!;
    console.info(
      `100,000 in ${Math.round(loadMs)} ms with the start of the agent; a change in ${Math.round(median)} ms`,
    );
  }, 60_000);

  it('goes on without the service, also when it is killed and everything is gone, and catches up', async () => {
    const stub = createStub([`${BLOCKED}/32`]);
    lab.serve(stub.listener);
    const first = lab.startAgent();
    await comesTo(BLOCKED, false);
    await eventually(stub.isEnforced);

    lab.serve(undefined);
    await eventually(() => first.output().includes('service: '));
    expect(await lab.passes(BLOCKED)).toBe(false);
    await first.end('SIGKILL');
    expect(await lab.passes(BLOCKED)).toBe(false);
    // As after a reboot.
    lab.host.nft('flush ruleset');
    expect(await lab.passes(BLOCKED)).toBe(true);
    lab.startAgent();
    await comesTo(BLOCKED, false);

    stub.set([`${ALSO}/32`]);
    lab.serve(stub.listener);
    await comesTo(ALSO, false);
    await comesTo(BLOCKED, true);
  });

  it('never locks out who is connected by SSH, the service, or whom it must always admit', async () => {
    const ssh = { from: ADMIN, to: hostFor(ADMIN) };
    await lab.ask({ kind: 'hold', ...ssh });
    const stub = createStub(['0.0.0.0/1', '128.0.0.0/1', '::/1', '8000::/1']);
    lab.serve(stub.listener);
    lab.startAgent({ ALWAYS_ADMIT: `monitor=${FREE6}` });
    await comesTo(FREE, false);
    await comesTo(BLOCKED6, false);
    expect(await lab.ask({ kind: 'use', ...ssh })).toMatchObject({ answered: 1 });
    for (const source of [ADMIN, FREE6]) expect(await lab.passes(source)).toBe(true);
    await eventually(stub.isEnforced);
    expect(stub.reports.at(-1)?.spared).toEqual([
      { network: '127.0.0.0/8', why: 'loopback' },
      { network: '::1', why: 'loopback' },
      { network: FREE6, why: 'monitor' },
      { network: '192.0.2.10', why: 'the service' },
      { network: ADMIN, why: 'connected by SSH' },
    ]);
    // It is still heard.
    stub.set([`${BLOCKED}/32`]);
    await eventually(stub.isEnforced);
  });

  it('refuses a list that is not whole, and puts right what others do to its table', async () => {
    const stub = createStub([`${BLOCKED}/32`]);
    lab.serve(stub.listener);
    const agent = lab.startAgent();
    await comesTo(BLOCKED, false);
    for (const spoil of [
      (text: string) => text.slice(0, -20),
      (text: string) => text.replace('203.0.113.1', '203.0.113.2'),
      () => '{}',
    ]) {
      const told = agent.output().length;
      stub.spoil = spoil;
      stub.set([`${FREE}/32`, ...MANY.slice(0, stub.reports.length + 1)]);
      await eventually(() => agent.output().slice(told).includes('service: '));
      expect(dropped()).toBe(`${BLOCKED}/32`);
      stub.spoil = (text) => text;
      stub.set([`${BLOCKED}/32`, '10.0.0.1/32']);
      await eventually(() => dropped().includes('10.0.0.1'));
      stub.set([`${BLOCKED}/32`]);
      await eventually(() => dropped() === `${BLOCKED}/32`);
    }
    lab.host.nft('flush ruleset');
    await comesTo(BLOCKED, false);
  });

  it('leaves the rules when it is stopped, and takes them away when it is told to', async () => {
    lab.serve(createStub([`${BLOCKED}/32`]).listener);
    const agent = lab.startAgent();
    await comesTo(BLOCKED, false);
    await agent.end('SIGTERM');
    expect(await agent.exited).toBe(0);
    expect(await lab.passes(BLOCKED)).toBe(false);
    expect(await lab.startAgent({}, '--remove').exited).toBe(0);
    expect(await lab.passes(BLOCKED)).toBe(true);
  });

  it('says what is wrong with its settings, and what to do without nft', async () => {
    const checked = lab.startAgent({ POLL_SECONDS: 'often', ALWAYS_ADMIT: 'everybody' }, '--check-config');
    expect(await checked.exited).toBe(1);
    expect(checked.output()).toContain('2 problems');
    const without = lab.startAgent({ NFT_BINARY: '/nowhere/nft' });
    expect(await without.exited).toBe(1);
    expect(without.output()).toContain('install nftables');
  });
});
