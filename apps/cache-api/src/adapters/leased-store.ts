import type { Encoding } from '../domain/record-bytes.ts';
import { ANY_TAG, keyName, namesOf } from '../domain/generations.ts';
import { slotName } from '../domain/stored-names.ts';
import type { Entry } from '../domain/entry.ts';
import type { Ask, Condition, Invalidation, Lease, Outcome, Sight, Store } from '../ports/store.ts';
import { withinTime } from './deadline.ts';
import { Looker } from './look.ts';
import { Writer } from './write.ts';
import type { Wire } from './wire.ts';

export interface StoreSettings {
  /** How long one call may take, in ms, with all its round trips. */
  timeoutMs: number;
  encoding: Encoding;
  /** The asker's clock, in ms since the epoch. */
  now: () => number;
}

export const DEFAULT_SETTINGS: StoreSettings = {
  timeoutMs: 50,
  encoding: { codec: 'zstd', aboveBytes: 1_024 },
  now: Date.now,
};

/** The meaning that leases and generations have, the same on every store; how is up to the wire. */
export class LeasedStore implements Store {
  readonly #wire: Wire;
  readonly #timeoutMs: number;
  readonly #looker: Looker;
  readonly #writer: Writer;

  constructor(wire: Wire, settings: Partial<StoreSettings> = {}) {
    const { timeoutMs, encoding, now } = { ...DEFAULT_SETTINGS, ...settings };
    this.#wire = wire;
    this.#timeoutMs = timeoutMs;
    this.#looker = new Looker(wire, now);
    this.#writer = new Writer(wire, encoding, now);
  }

  look(asks: readonly Ask[]): Promise<Sight[]> {
    return this.#inTime(() => this.#looker.look(asks));
  }

  fill(key: string, lease: Lease, entry: Entry): Promise<Outcome> {
    return this.#inTime(() => this.#writer.fill(key, lease, entry));
  }

  release(key: string, lease: Lease): Promise<void> {
    return this.#inTime(() => this.#wire.release(slotName(key), lease.token));
  }

  put(key: string, entry: Entry, onlyIf?: Condition): Promise<Outcome> {
    return this.#inTime(() => this.#writer.put(key, entry, onlyIf));
  }

  invalidate({ keys = [], tags, namespaces, version }: Invalidation): Promise<void> {
    const names = [...namesOf({ tags, namespaces }), ...new Set(keys.map(keyName))].map(slotName);
    return this.#inTime(async () => {
      // First, and not together: see Writer.#generationsOf.
      if (tags !== undefined && tags.length > 0) await this.#wire.removeGeneration(slotName(ANY_TAG));
      await Promise.all([
        ...[...new Set(keys)].map((key) => this.#wire.remove(slotName(key))),
        ...names.map((name) =>
          version === undefined ? this.#wire.removeGeneration(name) : this.#writer.raise(name, version),
        ),
      ]);
    });
  }

  check(): Promise<void> {
    return this.#inTime(() => this.#wire.check());
  }

  close(): Promise<void> {
    return this.#wire.close();
  }

  #inTime<T>(work: () => Promise<T>): Promise<T> {
    return withinTime(work(), this.#timeoutMs);
  }
}
