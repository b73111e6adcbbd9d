import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { mapConcurrently } from '../src/domain/map-concurrently.ts';

const items = Array.from({ length: 200 }, (_, i) => i);

it('nothing more is started after a failure', async () => {
  const started: number[] = [];
  const mapped = mapConcurrently(items, 4, async (i) => {
    started.push(i);
    await turn();
    if (i === 3) throw new Error('no 3');
    return i;
  });
  await expect(mapped).rejects.toThrow('no 3');
  for (let i = 0; i < 500; i++) await turn();
  // Those under way with it, and what they had taken before it failed.
  expect(started.length).toBeLessThan(12);
});

it('keeps the order and the limit', async () => {
  let underWay = 0;
  let most = 0;
  const mapped = await mapConcurrently(items, 4, async (i) => {
    most = Math.max(most, ++underWay);
    for (let turns = 0; turns < i % 3; turns++) await turn();
    underWay -= 1;
    return i * 2;
  });
  expect(mapped).toEqual(items.map((i) => i * 2));
  expect(most).toBe(4);
  expect(await mapConcurrently([], 4, () => Promise.reject(new Error('never called')))).toEqual([]);
});
