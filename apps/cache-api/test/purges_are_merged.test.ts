import { eventually } from '@groundwork/service/testing';
import { expect, it } from 'vitest';
import { tags, untilDone, usePurges } from './support/purges.ts';

const { world } = usePurges();

it('tells the CDN once of all that was asked for, tags before paths', async () => {
  const { instance, paths, sql } = await world();
  const one = instance();
  await one.enqueue(['/x*', '#b', '#a', '#a']);
  await one.enqueue(['#A', '#c']);
  expect(await sql('SELECT item, requests FROM purges ORDER BY item')).toEqual([
    { item: '#a', requests: 3 },
    { item: '#b', requests: 1 },
    { item: '#c', requests: 1 },
    { item: '/x*', requests: 1 },
  ]);
  expect(await one.status()).toMatchObject({ waiting: 4, inFlight: 0, spentThisMonth: 0 });
  expect(await one.metric('cache_purge_waiting')).toBe(4);
  await one.start();
  await untilDone(one);
  const [told = [], ...more] = await paths();
  expect(more).toEqual([]);
  expect(told.toSorted()).toEqual(['#a', '#b', '#c', '/x*']);
  expect(await one.counted()).toEqual({ sent: 4, completed: 4 });
});

it('tells what it does, and how long that takes', async () => {
  const { instance, completeAfter } = await world();
  await completeAfter(60_000);
  const one = instance({ budgetPerMonth: 1_000 });
  await one.start();
  await one.enqueue(['#a', '#b']);
  await eventually(async () => (await one.status()).inFlight === 2);
  expect(await one.status()).toEqual({
    waiting: 0,
    inFlight: 2,
    spentThisMonth: 2,
    budgetPerMonth: 1_000,
    leftToTtl: 0,
    lastError: undefined,
    lastCompletedAt: undefined,
  });
  await completeAfter(0);
  await untilDone(one);
  expect((await one.status()).lastCompletedAt).toBeDefined();
  expect(await one.metric('cache_purge_budget_left')).toBe(998);
  await eventually(async () => (await one.metric('cache_purge_seconds_count')) === 2);
});

it('tells of a collection what more than a hundred of its keys would say', async () => {
  const { instance, paths } = await world();
  const one = instance();
  await one.enqueue([...tags(101, '#key:products/'), ...tags(100, '#key:users/'), '#category:toys']);
  await one.start();
  await untilDone(one);
  const told = (await paths()).flat();
  expect(told).toHaveLength(102);
  expect(told).toEqual(expect.arrayContaining(['#all:products', '#category:toys', '#key:users/7']));
  expect(await one.counted()).toEqual({ collapsed: 101, sent: 102, completed: 102 });
});

it('names no key of a collection that is purged as a whole anyhow', async () => {
  const { instance, paths } = await world();
  const one = instance();
  await one.enqueue(['#key:products/1', '#all:products', '#key:products/2']);
  await one.start();
  await untilDone(one);
  expect(await paths()).toEqual([['#all:products']]);
});

it('never has more in progress than CloudFront allows', async () => {
  const { instance, told, completeAfter } = await world();
  await completeAfter(60_000);
  const one = instance();
  await one.enqueue([...tags(2_990, '#t'), ...tags(20, '/p').map((path) => `${path}*`)]);
  await one.start();
  await eventually(async () => (await told()).length === 1);
  const [first] = await told();
  expect(first?.paths).toHaveLength(3_000);
  await completeAfter(0);
  await untilDone(one);
  expect((await told()).map(({ paths }) => paths.length)).toEqual([3_000, 10]);
  expect((await one.status()).lastError).toBeUndefined();
});

it('sends a tag again that is asked for while it is in flight', async () => {
  const { instance, told, completeAfter } = await world();
  await completeAfter(60_000);
  const one = instance();
  await one.start();
  await one.enqueue(['#a']);
  await eventually(async () => (await told()).length === 1);
  // The CDN may have filled itself with what was there before this second change.
  await one.enqueue(['#a']);
  await eventually(async () => (await told()).length === 2);
  await completeAfter(0);
  await untilDone(one);
  expect((await told()).map(({ paths }) => paths)).toEqual([['#a'], ['#a']]);
  expect((await one.status()).spentThisMonth).toBe(2);
});

it('sends from one of several instances what all of them are asked for', async () => {
  const { instance, paths, sql } = await world();
  const all = [instance(), instance(), instance()];
  await Promise.all(all.map((one) => one.start()));
  await Promise.all(all.flatMap((one) => tags(20, '#t').map((tag) => one.enqueue([tag]))));
  await Promise.all(all.map(untilDone));
  expect([...new Set((await paths()).flat())]).toHaveLength(20);
  expect(await sql('SELECT DISTINCT recorded_by FROM purge_batches')).toHaveLength(1);
  const counts = await Promise.all(all.map((one) => one.counted()));
  expect(counts.filter(({ sent = 0 }) => sent > 0)).toHaveLength(1);
});

it('takes nothing that is neither a tag nor a path, and nothing at all for nothing', async () => {
  const { instance } = await world();
  const one = instance();
  await expect(one.enqueue(['#a', 'products'])).rejects.toThrow('"products" is neither a #tag nor a /path');
  await one.enqueue([]);
  expect((await one.status()).waiting).toBe(0);
});
