import { eventually } from '@groundwork/service/testing';
import { expect, it } from 'vitest';
import type { Instance } from './support/instance.ts';
import { useServices } from './support/services.ts';

const service = useServices(undefined);
const all = { CHECKED_SHARE: '1', L1_MAX_STALE_MS: '100' };

async function counted(instance: Instance): Promise<Record<string, number>> {
  const { text } = await instance.get('/metrics');
  const found = [...text.matchAll(/^cache_consistency_checks_total\{.*verdict="(\w+)".*\} (\d+)$/gm)];
  const perMillion = /^cache_stale_reads_per_million\{.*\} (\S+)$/m.exec(text)?.[1];
  return {
    ...Object.fromEntries(found.map(([, verdict, count]) => [verdict, Number(count)])),
    perMillion: Number(perMillion),
  };
}

it('an answer that stays older than the database is found, where nothing hears of the change', async () => {
  const { start, shop } = await service();
  const instance = await start({ settings: { ...all, INVALIDATION: 'off' }, untilFollowed: false });
  await instance.get('/v1/resources/products/1');
  await instance.get('/v1/resources/products/1');
  await eventually(async () => (await counted(instance))['same'] === 1);
  expect((await counted(instance))['perMillion']).toBe(0);
  await shop.owner.query('UPDATE products SET price = 1 WHERE id = 1');
  await instance.get('/v1/resources/products/1');
  await eventually(async () => ((await counted(instance))['stale'] ?? 0) >= 1);
  expect((await counted(instance))['perMillion']).toBeGreaterThan(0);
});

it('none is, where the changes are heard of', async () => {
  const { start, shop } = await service();
  const instance = await start({ settings: all });
  for (let price = 1; price <= 20; price += 1) {
    await instance.get('/v1/resources/products/1');
    await shop.owner.query('UPDATE products SET price = $1 WHERE id = 1', [price]);
    await instance.get('/v1/resources/products/1');
    await instance.get('/v1/resources/products/1');
  }
  await eventually(async () => {
    await instance.get('/v1/resources/products/1');
    const { same = 0, changed = 0 } = await counted(instance);
    return same + changed >= 10;
  });
  const { stale, perMillion } = await counted(instance);
  expect([stale, perMillion]).toEqual([undefined, 0]);
});
