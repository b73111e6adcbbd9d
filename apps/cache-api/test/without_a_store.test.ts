import { expect, it } from 'vitest';
import { noneStore } from '../src/adapters/none-store.ts';
import { entryOf, lookAt } from './support/entries.ts';

it('everything is a miss, and whoever asks loads without a lease', async () => {
  expect(await noneStore.put('a', entryOf('v1', Date.now()))).toEqual({ stored: true });
  expect(await lookAt(noneStore, { key: 'a', leaseMs: 1_000 })).toEqual({
    state: 'miss',
    filling: undefined,
  });
  await noneStore.invalidate({ keys: ['a'] });
  await noneStore.check();
});
