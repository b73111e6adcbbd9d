import { createLogger } from '@groundwork/service';
import { eventually } from '@groundwork/service/testing';
import { expect, it, vi } from 'vitest';
import { toCollapse } from '../src/purge/collapse.ts';
import { tags, untilDone, usePurges } from './support/purges.ts';

const { world } = usePurges();
const NOVEMBER = Date.parse('2026-11-30T23:00:00Z');
const HOUR = 3_600_000;

it('sends as much as the budget allows, leaves the rest to its TTL, and goes on next month', async () => {
  const { instance, paths } = await world();
  let time = NOVEMBER;
  const one = instance({ budgetPerMonth: 3, now: () => time });
  for (const tag of ['#a', '#b', '#c', '#d', '#e']) {
    await one.enqueue([tag]);
    time += 1_000;
  }
  await one.start();
  await eventually(async () => (await one.status()).leftToTtl === 2);
  expect((await paths()).flat().toSorted()).toEqual(['#a', '#b', '#c']);
  expect(await one.status()).toMatchObject({ waiting: 0, spentThisMonth: 3, leftToTtl: 2 });
  expect(await one.metric('cache_purge_budget_left')).toBe(0);
  expect((await one.counted())['left']).toBe(2);

  time += HOUR;
  await eventually(async () => (await one.status()).leftToTtl === 0);
  await untilDone(one);
  expect((await paths()).flat().toSorted()).toEqual(['#a', '#b', '#c', '#d', '#e']);
  expect(await one.status()).toMatchObject({ spentThisMonth: 2 });
});

it('makes one of the largest collections when it cannot send all keys', async () => {
  const { instance, paths } = await world();
  const one = instance({ budgetPerMonth: 5 });
  await one.enqueue([...tags(10, '#key:products/'), ...tags(3, '#key:users/'), '#toys']);
  await one.start();
  await untilDone(one);
  expect((await paths()).flat().toSorted()).toEqual([
    '#all:products',
    '#key:users/0',
    '#key:users/1',
    '#key:users/2',
    '#toys',
  ]);
  expect(await one.status()).toMatchObject({ spentThisMonth: 5, leftToTtl: 0 });
});

it('leaves keys as they are for a next month that can pay for them', async () => {
  const { instance, paths } = await world();
  let time = NOVEMBER;
  const one = instance({ budgetPerMonth: 3, now: () => time });
  await one.enqueue(['#a', '#b', '#c']);
  await one.start();
  await untilDone(one);
  await one.enqueue(['#key:products/1', '#key:products/2']);
  await eventually(async () => (await one.status()).leftToTtl === 2);
  time += HOUR;
  await eventually(async () => (await paths()).length === 2);
  expect((await paths())[1]?.toSorted()).toEqual(['#key:products/1', '#key:products/2']);
});

it('leaves nothing to its TTL that waits for room only', async () => {
  const { instance, completeAfter } = await world();
  let time = NOVEMBER;
  const one = instance({ budgetPerMonth: 20, now: () => time });
  await one.enqueue(tags(20, '#t'));
  await one.start();
  await untilDone(one);
  await one.enqueue(tags(16, '/p').map((path) => `${path}*`));
  await eventually(async () => (await one.status()).leftToTtl === 16);
  await completeAfter(60_000);
  time += HOUR;
  await eventually(async () => (await one.status()).inFlight === 15);
  expect(await one.status()).toMatchObject({ waiting: 1, leftToTtl: 0 });
});

it('warns once an hour while something is left to its TTL', async () => {
  const { instance } = await world();
  const logger = createLogger({ service: 'test', level: 'silent' });
  const warn = vi.spyOn(logger, 'warn');
  let time = NOVEMBER;
  const one = instance({ budgetPerMonth: 0, now: () => time, logger });
  await one.start();
  await one.enqueue(['#a']);
  await eventually(() => warn.mock.calls.length > 0);
  await one.enqueue(['#b']);
  await eventually(async () => (await one.status()).leftToTtl === 2);
  expect(warn.mock.calls).toHaveLength(1);
  expect(warn.mock.calls[0]?.[1]).toMatch(/budget of this month is used up/);
  time += HOUR;
  await eventually(() => warn.mock.calls.length === 2);
});

it('drops what the CDN cannot have any more', async () => {
  const { instance, paths } = await world();
  let time = NOVEMBER;
  const one = instance({ budgetPerMonth: 1, now: () => time, longestTtlSeconds: 1_800 });
  await one.enqueue(['#a']);
  await one.start();
  await untilDone(one);
  await one.enqueue(['#old']);
  await eventually(async () => (await one.status()).leftToTtl === 1);
  time += HOUR;
  await eventually(async () => (await one.counted())['expired'] === 1);
  await one.enqueue(['#new']);
  await untilDone(one);
  expect((await paths()).flat()).toEqual(['#a', '#new']);
});

it('chooses no more collections than it has to', () => {
  const crowd = (collection: string, keys: number, isCovered = false) => ({ collection, keys, isCovered });
  const crowds = [crowd('a', 5), crowd('b', 50), crowd('c', 101), crowd('d', 1), crowd('e', 1, true)];
  const choose = (left: number, waiting = 158) => toCollapse(crowds, { waiting, left, above: 100 });
  expect(choose(1_000)).toEqual(['c', 'e']);
  expect(choose(57)).toEqual(['c', 'e']);
  expect(choose(56)).toEqual(['c', 'e', 'b']);
  expect(choose(0)).toEqual(['c', 'e', 'b', 'a']);
});
