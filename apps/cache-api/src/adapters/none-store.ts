import type { Ask, Outcome, Sight, Store } from '../ports/store.ts';

/**
 * No shared store: everything is a miss, and nobody fills anything, so that whoever asks loads for himself
 * (one flight per process is the level above). What is put is as if evicted at once.
 */
export const noneStore: Store = {
  look: async (asks: readonly Ask[]): Promise<Sight[]> =>
    asks.map(() => ({ state: 'miss', filling: undefined })),
  fill: async (): Promise<Outcome> => ({ stored: false, why: 'lease-lost' }),
  release: async () => {},
  put: async (): Promise<Outcome> => ({ stored: true }),
  invalidate: async () => {},
  check: async () => {},
  close: async () => {},
};
