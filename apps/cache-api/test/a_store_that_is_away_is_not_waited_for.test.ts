import { expect, it } from 'vitest';
import { guard } from '../src/adapters/guarded-store.ts';
import { noneStore } from '../src/adapters/none-store.ts';
import { StoreUnavailable, ValueTooLarge } from '../src/ports/store.ts';
import { entryOf } from './support/entries.ts';

const RETRY_MS = 50;

function guarded() {
  const state = {
    calls: 0,
    error: undefined as Error | undefined,
    hangs: undefined as Promise<void> | undefined,
    nowMs: 0,
  };
  const store = guard(
    {
      ...noneStore,
      async look() {
        state.calls += 1;
        await state.hangs;
        if (state.error !== undefined) throw state.error;
        return [];
      },
      put: () => Promise.reject(new ValueTooLarge('large')),
    },
    { failures: 3, retryMs: RETRY_MS, now: () => state.nowMs },
  );
  const look = () =>
    store.look([]).then(
      () => 'answered',
      (error: Error) => error.message,
    );
  return { state, store, look };
}

it('after some failures in a row calls fail at once, until one that tries again is answered', async () => {
  const { state, look } = guarded();
  state.error = new StoreUnavailable('away');
  for (let time = 0; time < 3; time += 1) expect(await look()).toBe('away');
  expect(await look()).toBe('it has not answered lately');
  expect(state.calls).toBe(3);
  state.nowMs += RETRY_MS;
  expect(await look(), 'tried, in vain').toBe('away');
  expect(await look()).toBe('it has not answered lately');
  state.nowMs += RETRY_MS;
  state.error = undefined;
  const { promise, resolve } = Promise.withResolvers<void>();
  state.hangs = promise;
  const trying = look();
  expect(await look(), 'one tries at a time').toBe('it has not answered lately');
  resolve();
  expect(await trying).toBe('answered');
  expect(await look()).toBe('answered');
});

it('failures that are not in a row, and those that are not its own, do not count', async () => {
  const { state, store, look } = guarded();
  for (let time = 0; time < 10; time += 1) {
    state.error = time % 2 === 0 ? new StoreUnavailable('away') : undefined;
    await look();
    await expect(store.put('a', entryOf('v', 0))).rejects.toThrow('large');
  }
  state.error = undefined;
  expect(await look()).toBe('answered');
});
