import { TIMES } from '../catalogue.ts';
import type { Fault } from './fault.ts';

export const OF_STORE: readonly Fault[] = [
  {
    name: 'store hangs',
    mayFail: true,
    extraMs: 0,
    async run({ world: { store } }, pause) {
      await store.pause();
      await pause(2_000);
      store.resume();
    },
  },
  {
    name: 'store dies',
    mayFail: true,
    extraMs: 0,
    async run({ world: { store, proxy } }, pause) {
      await Promise.all([store.kill(), proxy.shut()]);
      await pause(1_500);
      await store.start();
      await proxy.open();
    },
  },
  {
    // Below its timeout, where a look has more than one round trip, and then above.
    name: 'store is far away',
    mayFail: true,
    extraMs: 0,
    async run({ world: { proxy } }, pause) {
      for (const share of [0.15, 0.4, 2]) {
        proxy.delayMs = share * TIMES.store;
        await pause(2_000);
      }
      proxy.delayMs = 0;
    },
  },
];
