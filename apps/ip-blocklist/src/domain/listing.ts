import { emptySet, parseList, subtract, toSet, union, type RangeSet } from '@groundwork/ip-ranges';
import type { Entries, ListedRange } from '../ports/entries.ts';
import { without, type Coverage } from './networks.ts';

/** What the entries in force say, merged. */
export interface Listing {
  blocks: RangeSet;
  /** Blocked although protected. */
  forced: RangeSet;
  allows: RangeSet;
  /** Blocked and not allowed; the same array as long as it is the same. */
  countries: readonly string[];
  /** Everything committed up to here is in it. */
  snapshot: string;
}

type Source = Pick<Entries, 'snapshot' | 'changesSince' | 'ranges' | 'overlapping' | 'countries'>;

/**
 * The listing, brought up to date each time it is asked for. Only where entries have changed is it
 * read again: there it is forgotten, and read anew from all entries that reach into there. So it
 * does not matter in which order changes are seen, or how often.
 */
export function createListing(entries: Source): () => Promise<Listing> {
  let latest: Listing | undefined;
  let running: Promise<Listing> | undefined;

  async function update(): Promise<Listing> {
    if (latest === undefined) return readAll(entries);
    const { snapshot, ranges, isCountryAmong } = await entries.changesSince(latest.snapshot);
    if (ranges === undefined) return readAll(entries);
    const countries = isCountryAmong ? await readCountries(entries) : latest.countries;
    const before = { ...latest, countries };
    if (ranges.length === 0) return { ...before, snapshot };
    try {
      return mend(before, snapshot, ranges, await entries.overlapping(ranges));
    } catch {
      // Whatever was too much for that, reading all does not depend on what has changed.
      return readAll(entries);
    }
  }

  return () => {
    // Whoever asks meanwhile waits for the same work.
    running ??= update()
      .then((listing) => (latest = listing))
      .finally(() => (running = undefined));
    return running;
  };
}

async function readAll(entries: Source): Promise<Listing> {
  // What changes while we read is seen again next time.
  const snapshot = await entries.snapshot();
  const blocked = new Collector();
  for await (const ranges of entries.ranges('block')) blocked.push(ranges);
  const allowed = new Collector();
  for await (const ranges of entries.ranges('allow')) allowed.push(ranges);
  return {
    blocks: blocked.normal(),
    forced: blocked.forced(),
    allows: allowed.normal(),
    countries: await readCountries(entries),
    snapshot,
  };
}

async function readCountries(entries: Source): Promise<readonly string[]> {
  return without(await entries.countries('block'), await entries.countries('allow'));
}

function mend(
  { blocks, forced, allows, countries }: Listing,
  snapshot: string,
  changed: readonly { first: string; last: string }[],
  present: readonly ListedRange[],
): Listing {
  const there = toSet(parseList(changed.map(lineOf).join('')));
  const blocked = new Collector();
  blocked.push(present.filter(({ action }) => action === 'block'));
  const allowed = new Collector();
  allowed.push(present.filter(({ action }) => action === 'allow'));
  return {
    blocks: union(subtract(blocks, there), blocked.normal()),
    forced: union(subtract(forced, there), blocked.forced()),
    allows: union(subtract(allows, there), allowed.normal()),
    countries,
    snapshot,
  };
}

/** What is to be blocked, unless it is allowed. What must stay reachable is left out, unless that was forced. */
export function wantedOf({ blocks, forced, allows, countries }: Listing, spared: RangeSet): Coverage {
  return { block: union(subtract(blocks, spared), forced), allow: allows, countries };
}

/** Gathers ranges in batches: each is merged into what there is. */
class Collector {
  #normal: RangeSet = emptySet;
  #forced: RangeSet = emptySet;
  #waiting: ListedRange[] = [];

  push(ranges: readonly ListedRange[]): void {
    for (const range of ranges) this.#waiting.push(range);
    if (this.#waiting.length > 100_000) this.#flush();
  }

  normal(): RangeSet {
    this.#flush();
    return this.#normal;
  }

  forced(): RangeSet {
    this.#flush();
    return this.#forced;
  }

  #flush(): void {
    const merged = (forced: boolean): RangeSet =>
      toSet(
        parseList(
          this.#waiting
            .filter((range) => range.forced === forced)
            .map(lineOf)
            .join(''),
        ),
      );
    this.#normal = union(this.#normal, merged(false));
    this.#forced = union(this.#forced, merged(true));
    this.#waiting = [];
  }
}

function lineOf({ first, last }: { first: string; last: string }): string {
  return `${first}-${last}\n`;
}
