import { DEFAULT_SETTINGS, LeasedStore, type StoreSettings } from '../leased-store.ts';
import { MemoryWire } from './memory-wire.ts';

export interface MemoryStoreOptions extends Partial<StoreSettings> {
  /** Of all entries together. */
  maxBytes: number;
}

/** For one instance, without any server. Nothing is compressed: bytes do not travel. */
export function createMemoryStore(options: MemoryStoreOptions): LeasedStore {
  const settings = {
    ...DEFAULT_SETTINGS,
    encoding: { codec: 'zstd', aboveBytes: undefined } as const,
    ...options,
  };
  return new LeasedStore(new MemoryWire({ maxBytes: options.maxBytes, now: settings.now }), settings);
}
