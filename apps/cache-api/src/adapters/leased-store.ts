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

/** Keys, or steps, that one call may have; more are done in several, one after the other. */
const PER_CALL = 100;

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

  /** What one call asks of the server is bounded, as is its time. */
  async look(asks: readonly Ask[]): Promise<Sight[]> {
    if (asks.length <= PER_CALL) return this.#look(asks);
    const sights: Sight[] = [];
    try {
      for (const some of chunks(asks, PER_CALL)) sights.push(...(await this.#look(some)));
      return sights;
    } catch (error) {
      this.#giveBack(asks, sights);
      throw error;
    }
  }

  #look(asks: readonly Ask[]): Promise<Sight[]> {
    const work = this.#looker.look(asks);
    return withinTime(work, this.#timeoutMs).catch((error: unknown) => {
      // What comes after all has leases that nobody will use, and that everybody would wait for.
      work.then(
        (sights) => this.#giveBack(asks, sights),
        () => {},
      );
      throw error;
    });
  }

  #giveBack(asks: readonly Ask[], sights: readonly Sight[]): void {
    sights.forEach(({ filling }, at) => {
      if (filling?.by === 'us') void this.release(asks[at]!.key, filling.lease).catch(() => {}); // it ends by itself
    });
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

  async invalidate({ keys = [], tags = [], namespaces = [], version }: Invalidation): Promise<void> {
    // First, and not together: see Writer.#generationsOf.
    if (tags.length > 0) await this.#inTime(() => this.#wire.removeGeneration(slotName(ANY_TAG)));
    const renew = (name: string): Promise<void> =>
      version === undefined
        ? this.#writer.renew(slotName(name))
        : this.#writer.raise(slotName(name), version);
    const steps = [
      ...namesOf({ tags, namespaces }).map((name) => () => renew(name)),
      ...[...new Set(keys)].flatMap((key) => [
        () => this.#wire.remove(slotName(key)),
        () => renew(keyName(key)),
      ]),
    ];
    for (const some of chunks(steps, PER_CALL)) {
      await this.#inTime(async () => void (await Promise.all(some.map((step) => step()))));
    }
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

function* chunks<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
