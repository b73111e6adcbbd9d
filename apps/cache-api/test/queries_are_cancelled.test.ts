import { eventually } from '@groundwork/service/testing';
import { describe, expect, it } from 'vitest';
import { ResourceSource } from '../src/adapters/postgres/resource-source.ts';
import { SourceUnavailable } from '../src/ports/source.ts';
import { loadOne, textOf, useShops, type Shop } from './support/shop.ts';

const openShop = useShops();

const SLOW = `
resources:
  - name: slow
    query: SELECT pg_sleep(60)::text AS a, :n AS n
    key: { n: int }
    ttl: 1m
  - name: quick
    query: SELECT :n AS n
    key: { n: int }
    ttl: 1m`;

/** Backends that run it now. */
async function running({ owner }: Shop): Promise<number[]> {
  const { rows } = await owner.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity
     WHERE state = 'active' AND query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid() AND datname = current_database()`,
  );
  return rows.map(({ pid }) => pid);
}

/** The server tells the client first, and then shows that it is idle. */
async function nothingRuns(shop: Shop): Promise<void> {
  await eventually(async () => (await running(shop)).length === 0, { withinMs: 1_000, everyMs: 2 });
}

async function open(settings = {}) {
  const shop = await openShop();
  const pools = shop.open({ poolSize: 1, ...settings });
  const [slow, quick] = (await shop.bind(SLOW)).map((bound) => new ResourceSource(bound, pools));
  return { shop, pools, slow: slow!, quick: quick! };
}

const outcome = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

describe('a load whose signal aborts', () => {
  it('ends at the server, and its connection is used again', async () => {
    const { shop, pools, slow, quick } = await open();
    const abort = new AbortController();
    const load = outcome(slow.load(['1'], abort.signal));
    const [pid] = await eventually(async () => {
      const pids = await running(shop);
      return pids.length === 1 && pids;
    });
    abort.abort();
    expect(await load).toBeInstanceOf(SourceUnavailable);
    await nothingRuns(shop);
    expect(textOf(await loadOne(quick, '2'))).toBe('{"n":2}');
    const { rows } = await pools.work.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    expect(rows[0]!.pid).toBe(pid);
  });

  it('hits nobody else: what runs beside it and after it ends well', async () => {
    const { shop, slow, quick } = await open({ poolSize: 2 });
    for (let round = 0; round < 20; round += 1) {
      const abort = new AbortController();
      const load = outcome(slow.load(['1'], abort.signal));
      await eventually(async () => (await running(shop)).length === 1, { everyMs: 2 });
      const beside = Promise.all(Array.from({ length: 20 }, (_, n) => loadOne(quick, String(n))));
      abort.abort();
      expect(await load).toBeInstanceOf(SourceUnavailable);
      expect((await beside).map(textOf)).toEqual(Array.from({ length: 20 }, (_, n) => `{"n":${n}}`));
    }
  });

  it('while it waits for a connection ends at once, and leaves the connection to others', async () => {
    const { pools, quick } = await open();
    const taken = await pools.work.connect();
    const abort = new AbortController();
    const load = outcome(quick.load(['1'], abort.signal));
    abort.abort();
    expect(await load).toBeInstanceOf(SourceUnavailable);
    taken.release();
    expect(textOf(await loadOne(quick, '2'))).toBe('{"n":2}');
    expect(pools.work.totalCount - pools.work.idleCount).toBe(0);
  });

  it('before it begins sends nothing', async () => {
    const { slow } = await open();
    expect(await outcome(slow.load(['1'], AbortSignal.abort()))).toBeInstanceOf(SourceUnavailable);
  });

  it('at any moment of a quick query gives an answer or SourceUnavailable, and the next load is well', async () => {
    const { quick } = await open();
    for (let round = 0; round < 200; round += 1) {
      const abort = new AbortController();
      const load = outcome(quick.load(['1'], abort.signal));
      for (let turn = 0; turn < round % 12; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      abort.abort();
      const result = await load;
      if (!Array.isArray(result)) expect(result).toBeInstanceOf(SourceUnavailable);
      expect(textOf(await loadOne(quick, '2'))).toBe('{"n":2}');
    }
  });

  it('at any moment of a slow one leaves nothing running, and its connection is used again', async () => {
    const { shop, pools, slow, quick } = await open();
    await loadOne(quick, '1');
    for (let round = 0; round < 60; round += 1) {
      const abort = new AbortController();
      const load = outcome(slow.load(['1'], abort.signal));
      for (let turn = 0; turn < round % 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      abort.abort();
      expect(await load).toBeInstanceOf(SourceUnavailable);
      await nothingRuns(shop);
    }
    expect(pools.work.totalCount).toBe(1);
  });

  it('that cannot be cancelled gives its connection up', async () => {
    const { shop, pools } = await open();
    const nowhere = new URL(shop.url);
    nowhere.port = '1';
    const [bound] = await shop.bind(SLOW);
    const slow = new ResourceSource(bound!, { ...pools, cancel: shop.open({ url: nowhere.href }).cancel });
    const abort = new AbortController();
    const load = outcome(slow.load(['1'], abort.signal));
    await eventually(async () => (await running(shop)).length === 1);
    abort.abort();
    expect(await load).toBeInstanceOf(SourceUnavailable);
    expect(pools.work.totalCount).toBe(0);
  });
});

it('what nobody cancels ends after the timeout of statements', async () => {
  const { shop, slow } = await open({ timeoutMs: 200 });
  await expect(loadOne(slow, '1')).rejects.toThrow(SourceUnavailable);
  await nothingRuns(shop);
});
