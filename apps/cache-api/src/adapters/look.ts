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

/** Neither: nobody asked for a lease. */
interface Attempt {
  seen: Seen;
  won?: { token: string; until: number };
  /** By somebody else. */
  heldUntil?: number;
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
    if (asks.every((ask, at) => isEnough(ask, seen[at]!))) return seen.map((one) => sightOf(one, undefined));
    const attempts = await Promise.all(asks.map((ask, at) => this.#attempt(ask, seen[at]!, TRIES)));
    const leases = await this.#leases(asks, attempts);
    return attempts.map((attempt, at) => sightOf(attempt.seen, leases[at] ?? fillingOf(attempt)));
  }

  /** Tries to take the lease, where one is asked for. */
  async #attempt(ask: Ask, seen: Seen, tries: number): Promise<Attempt> {
    if (isEnough(ask, seen) || ask.leaseMs === undefined) return { seen };
    const until = this.#now() + ask.leaseMs;
    const taken = await this.#wire.take(slotName(ask.key), seen.slot, needOf(seen), ask.leaseMs);
    if (taken === 'changed') {
      if (tries > 1) return this.#attempt(ask, (await this.#see([ask]))[0]!, tries - 1);
      return { seen: { ...seen, freshness: 'invalid' }, heldUntil: this.#now() };
    }
    if ('heldMs' in taken) return { seen, heldUntil: this.#now() + taken.heldMs };
    return { seen, won: { token: taken.won, until } };
  }

  /**
   * What those who have won write under. Read once for all of them, after all have won: it has to be from
   * before the load, and from after the lease was taken.
   */
  async #leases(asks: readonly Ask[], attempts: readonly Attempt[]): Promise<Filling[]> {
    const namesFor = (ask: Ask): string[] => [...namesOf(ask), ...(ask.moreTags === true ? [ANY_TAG] : [])];
    const winners = asks.filter((_, at) => attempts[at]!.won !== undefined);
    const names = [...new Set(winners.flatMap(namesFor))];
    const [kept, ofKeys] = await Promise.all([
      Promise.all(names.map((name) => this.#wire.keepGeneration(slotName(name), newGeneration()))),
      this.#read(winners.map(({ key }) => keyName(key))),
    ]);
    const tokens = new Map(names.map((name, at) => [name, kept[at]!]));
    return asks.map((ask, at): Filling => {
      const { won, seen } = attempts[at]!;
      if (won === undefined) return undefined;
      const generations = new Map(namesFor(ask).map((name) => [name, tokens.get(name)!]));
      const floors = [ofKeys.get(keyName(ask.key)), ...generations.values()].map(floorOf);
      if (needOf(seen) === 'stale' && seen.record !== undefined) floors.push(seen.record.entry.version);
      const floor = floors.reduce((most, one) => (one > most ? one : most), 0n);
      return { by: 'us', lease: { ...won, generations, floor } };
    });
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
}

/** Whether nothing has to be loaded. */
function isEnough({ renew }: Ask, { freshness }: Seen): boolean {
  return freshness === 'fresh' && renew !== true;
}

function needOf({ slot, freshness }: Seen): Need {
  return slot.bytes === undefined ? 'missing' : freshness === 'invalid' ? 'invalid' : 'stale';
}

function fillingOf({ heldUntil }: Attempt): Filling {
  return heldUntil === undefined ? undefined : { by: 'other', until: heldUntil };
}

function sightOf({ record, freshness }: Seen, filling: Filling): Sight {
  if (record === undefined || freshness === 'invalid') return { state: 'miss', filling };
  return { state: freshness, entry: record.entry, filling };
}
