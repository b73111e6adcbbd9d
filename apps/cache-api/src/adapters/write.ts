import { judge, type Entry, type EntryRecord } from '../domain/entry.ts';
import { ANY_TAG, floorOf, keyName, namesOf, newGeneration } from '../domain/generations.ts';
import { decode, encode, type Encoding } from '../domain/record-bytes.ts';
import { slotName } from '../domain/stored-names.ts';
import {
  StoreUnavailable,
  ValueTooLarge,
  type Condition,
  type Lease,
  type Outcome,
  type Refusal,
} from '../ports/store.ts';
import type { Wire } from './wire.ts';

/** Kept longer than it is shown, in ms: the clocks of askers differ. */
const SLACK_MS = 10_000;

/** More is a point in time for memcached (protocol.txt, "Expiration times"); generations live as long. */
export const LONGEST_TTL_MS = 30 * 86_400_000;

/** Somebody else has put something there each time. */
const TRIES = 10;

const refused = (why: Refusal): Outcome => ({ stored: false, why });

export class Writer {
  readonly #wire: Wire;
  readonly #encoding: Encoding;
  readonly #now: () => number;

  constructor(wire: Wire, encoding: Encoding, now: () => number) {
    this.#wire = wire;
    this.#encoding = encoding;
    this.#now = now;
  }

  async fill(key: string, lease: Lease, entry: Entry): Promise<Outcome> {
    const names = namesOf(entry);
    if (isOlder(entry, lease.floor)) return refused('older');
    const generations = await this.#generationsOf(names, lease);
    if (typeof generations === 'string') return refused(generations);
    if ([...generations.values()].some((token) => isOlder(entry, floorOf(token)))) return refused('older');
    const bytes = this.#encode(key, generations, entry);
    const isStored = await this.#wire.fill(slotName(key), lease.token, bytes, this.#ttlMs(entry));
    return isStored ? { stored: true } : refused('lease-lost');
  }

  /** What it is written under is read first, so that an invalidation on the way makes it invisible. */
  async put(key: string, entry: Entry, onlyIf?: Condition): Promise<Outcome> {
    const names = [...namesOf(entry), keyName(key)];
    const [first, ...tokens] = await Promise.all([
      this.#wire.read(slotName(key)),
      ...names.map((name) => this.#wire.keepGeneration(slotName(name), newGeneration())),
    ]);
    if (tokens.some((token) => isOlder(entry, floorOf(token)))) return refused('older');
    const generations = new Map(names.map((name, at) => [name, tokens[at]!]));
    const bytes = await this.#encodeOrRemove(key, generations, entry);
    let slot = first;
    for (let left = TRIES; left > 0; left -= 1) {
      const there = slot.bytes === undefined ? undefined : decode(slot.bytes);
      if (there?.key === key && isOlder(entry, there.entry.version)) return refused('older');
      if (onlyIf?.(await this.#shown(key, there)) === false) return refused('condition');
      if (await this.#wire.replace(slotName(key), slot, bytes, this.#ttlMs(entry))) return { stored: true };
      slot = await this.#wire.read(slotName(key));
    }
    throw new StoreUnavailable(`others keep writing ${JSON.stringify(key)}`);
  }

  /**
   * Of each name as it was before the load. A tag that is known only since may have been invalidated on the
   * way: not, if no tag at all has been. An invalidation changes ANY_TAG first and then the tag, so whoever
   * reads them the other way round cannot miss it.
   */
  async #generationsOf(names: readonly string[], lease: Lease): Promise<Map<string, string> | Refusal> {
    const found = new Map(names.map((name) => [name, lease.generations.get(name)]));
    const unknown = names.filter((name) => found.get(name) === undefined);
    if (unknown.length > 0) {
      const anyTag = lease.generations.get(ANY_TAG);
      if (anyTag === undefined) return 'not-in-lease';
      const tokens = await Promise.all(
        unknown.map((name) => this.#wire.keepGeneration(slotName(name), newGeneration())),
      );
      unknown.forEach((name, at) => found.set(name, tokens[at]));
      if ((await this.#wire.generation(slotName(ANY_TAG))) !== anyTag) return 'lease-lost';
    }
    return found as Map<string, string>;
  }

  async #shown(key: string, record: EntryRecord | undefined): Promise<Entry | undefined> {
    if (record === undefined) return undefined;
    const names = [...record.generations.keys()];
    const tokens = await Promise.all(names.map((name) => this.#wire.generation(slotName(name))));
    const current = new Map(names.map((name, at) => [name, tokens[at]]));
    return judge(record, key, current, this.#now()) === 'invalid' ? undefined : record.entry;
  }

  /** A new generation, if there is one, with the floor that it had. */
  async renew(name: string): Promise<void> {
    for (let left = TRIES; left > 0; left -= 1) {
      const there = await this.#wire.generation(name);
      if (there === undefined) return;
      if (await this.#wire.swapGeneration(name, there, newGeneration(floorOf(there)))) return;
    }
    throw new StoreUnavailable(`others keep invalidating ${name}`);
  }

  /** A new generation with a floor that is never lower than the one before, whatever order they come in. */
  async raise(name: string, version: bigint): Promise<void> {
    for (let left = TRIES; left > 0; left -= 1) {
      const there = await this.#wire.generation(name);
      const floor = floorOf(there);
      const next = newGeneration(floor > version ? floor : version);
      if (await this.#wire.swapGeneration(name, there, next)) return;
    }
    throw new StoreUnavailable(`others keep invalidating ${name}`);
  }

  #encode(key: string, generations: ReadonlyMap<string, string>, entry: Entry): Buffer {
    const bytes = encode({ key, generations, entry }, this.#encoding);
    const room = this.#wire.room(slotName(key));
    if (bytes.length > room) throw new ValueTooLarge(`${bytes.length} bytes, and at most ${room} fit`);
    return bytes;
  }

  async #encodeOrRemove(
    key: string,
    generations: ReadonlyMap<string, string>,
    entry: Entry,
  ): Promise<Buffer> {
    try {
      return this.#encode(key, generations, entry);
    } catch (error) {
      await this.#wire.remove(slotName(key));
      throw error;
    }
  }

  #ttlMs({ staleUntil }: Entry): number {
    return Math.min(Math.max(1, Math.ceil(staleUntil - this.#now()) + SLACK_MS), LONGEST_TTL_MS);
  }
}

/** What has no version is not compared. */
function isOlder({ version }: Entry, floor: bigint): boolean {
  return version !== 0n && version < floor;
}
