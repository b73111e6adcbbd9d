import { judge, type Freshness, type EntryRecord } from '../domain/entry.ts';
import { ANY_TAG, floorOf, keyName, namesOf, newGeneration } from '../domain/generations.ts';
import { decode } from '../domain/record-bytes.ts';
import { slotName } from '../domain/stored-names.ts';
import type { Ask, Filling, Sight } from '../ports/store.ts';
import type { Need, Slot, Wire } from './wire.ts';

/** Somebody has changed the key between our two steps; so often in a row only when it is very busy. */
const TRIES = 4;

type Generations = Map<string, string | undefined>;

interface Seen {
  slot: Slot;
  record: EntryRecord | undefined;
  freshness: Freshness;
}

/**
 * A hit is one round trip: the entry and the generations that were asked for together. A second one reads
 * generations that only the entry names; a lease takes one or two more.
 */
export class Looker {
  readonly #wire: Wire;
  readonly #now: () => number;

  constructor(wire: Wire, now: () => number) {
    this.#wire = wire;
    this.#now = now;
  }

  async look(asks: readonly Ask[]): Promise<Sight[]> {
    const seen = await this.#see(asks);
    const sights = asks.map((ask, at) => freshSight(ask, seen[at]!));
    if (!sights.includes(undefined)) return sights as Sight[];
    return Promise.all(sights.map(async (sight, at) => sight ?? this.#sight(asks[at]!, seen[at]!, TRIES)));
  }

  async #see(asks: readonly Ask[]): Promise<Seen[]> {
    const names = [...new Set(asks.flatMap(namesOf))];
    const read = await this.#wire.readAll(
      asks.map(({ key }) => slotName(key)),
      names.map(slotName),
    );
    const { slots } = read;
    const generations: Generations = new Map(names.map((name, at) => [name, read.generations[at]]));
    const records = slots.map(({ bytes }) => (bytes === undefined ? undefined : decode(bytes)));
    const more = records.flatMap((record) => [...(record?.generations.keys() ?? [])]);
    const unknown = more.filter((name) => !generations.has(name));
    if (unknown.length > 0) {
      for (const [name, generation] of await this.#read(unknown)) generations.set(name, generation);
    }
    const now = this.#now();
    return asks.map(({ key }, at) => {
      const record = records[at];
      return { slot: slots[at]!, record, freshness: judge(record, key, generations, now) };
    });
  }

  async #read(names: readonly string[]): Promise<Generations> {
    const once = [...new Set(names)];
    const generations = await Promise.all(once.map((name) => this.#wire.generation(slotName(name))));
    return new Map(once.map((name, at) => [name, generations[at]]));
  }

  async #sight(ask: Ask, seen: Seen, tries: number): Promise<Sight> {
    const fresh = freshSight(ask, seen);
    if (fresh !== undefined) return fresh;
    const { record, freshness } = seen;
    const filling = ask.leaseMs === undefined ? undefined : await this.#lease(ask, ask.leaseMs, seen);
    if (filling === 'changed') {
      if (tries > 1) return this.#sight(ask, (await this.#see([ask]))[0]!, tries - 1);
      return { state: 'miss', filling: { by: 'other', until: this.#now() } };
    }
    if (record !== undefined && freshness !== 'invalid') {
      return { state: freshness, entry: record.entry, filling };
    }
    return { state: 'miss', filling: filling ?? undefined };
  }

  async #lease(ask: Ask, leaseMs: number, { slot, record, freshness }: Seen): Promise<Filling | 'changed'> {
    const need: Need = slot.bytes === undefined ? 'missing' : freshness === 'invalid' ? 'invalid' : 'stale';
    const until = this.#now() + leaseMs;
    const taken = await this.#wire.take(slotName(ask.key), slot, need, leaseMs);
    if (taken === 'changed') return taken;
    if ('heldMs' in taken) return { by: 'other', until: this.#now() + taken.heldMs };
    const { generations, floor } = await this.#generationsOf(ask, [
      ...namesOf(ask),
      ...(ask.moreTags === true ? [ANY_TAG] : []),
    ]);
    const newest = need === 'stale' && record !== undefined ? record.entry.version : 0n;
    return {
      by: 'us',
      lease: { token: taken.won, until, generations, floor: newest > floor ? newest : floor },
    };
  }

  /** Those that an entry which is loaded from now on is written under. */
  async #generationsOf(
    { key }: Ask,
    names: readonly string[],
  ): Promise<{ generations: Map<string, string>; floor: bigint }> {
    const [ofKey, ...kept] = await Promise.all([
      this.#wire.generation(slotName(keyName(key))),
      ...names.map((name) => this.#wire.keepGeneration(slotName(name), newGeneration())),
    ]);
    const generations = new Map(names.map((name, at) => [name, kept[at]!]));
    const floors = [ofKey, ...kept].map(floorOf);
    return { generations, floor: floors.reduce((most, floor) => (floor > most ? floor : most), 0n) };
  }
}

/** Of what needs no lease. */
function freshSight({ renew }: Ask, { record, freshness }: Seen): Sight | undefined {
  if (record === undefined || freshness !== 'fresh' || renew === true) return undefined;
  return { state: 'fresh', entry: record.entry, filling: undefined };
}
