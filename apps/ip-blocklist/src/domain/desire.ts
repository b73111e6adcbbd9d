import { destinationOf, type Capacity, type Destination, type Squeeze } from './destination.ts';
import { wantedOf, type Listing } from './listing.ts';
import { subtract, type RangeSet } from '@groundwork/ip-ranges';
import { NOTHING, setOf, type Coverage } from './networks.ts';
import { spareSet, type ProtectedRange } from './protected-ranges.ts';
import { reachOf, type Reach } from './reach.ts';
import type { Target } from './target-file/target-file.ts';
import type { Entries, ListedRange } from '../ports/entries.ts';
import type { Pin } from '../ports/ledger.ts';

/** What a target is to hold, and by what it is so. */
export interface Desire {
  listing: Listing;
  /** By the entries. */
  listed: Coverage;
  /** … as far as such a target can hold it at all. */
  wanted: Coverage;
  /** By the entries, within the target's room. */
  destination: Destination;
  /** What must stay reachable, unless an entry forces it. */
  spared: RangeSet;
}

export interface DesireParts {
  entries: Pick<Entries, 'ranges'>;
  listing: () => Promise<Listing>;
  /** The same array as long as it has not changed. */
  protectedRanges: () => readonly ProtectedRange[];
}

/** Says what a target is to hold now. What has not changed is not computed again. */
export function createDesire(parts: DesireParts, target: Target): (capacity: Capacity) => Promise<Desire> {
  let last: { key: unknown[]; byCapacity: Map<string, Promise<Omit<Desire, 'listing'>>> } | undefined;
  return async (capacity) => {
    const listing = await parts.listing();
    const ranges = parts.protectedRanges();
    const { blocks, forced, allows, countries } = listing;
    const key = [blocks, forced, allows, countries, ranges];
    if (last?.key.every((one, i) => one === key[i]) !== true) last = { key, byCapacity: new Map() };
    const { byCapacity } = last;
    const room = JSON.stringify(capacity);
    let desire = byCapacity.get(room);
    if (desire === undefined) {
      // Whoever asks meanwhile waits for the same work.
      desire = compute(listing, ranges, capacity);
      byCapacity.set(room, desire);
      desire.catch(() => byCapacity.delete(room));
    }
    return { ...(await desire), listing };
  };

  async function compute(
    listing: Listing,
    ranges: readonly ProtectedRange[],
    capacity: Capacity,
  ): Promise<Omit<Desire, 'listing'>> {
    const spared = spareSet(ranges);
    const listed = wantedOf(listing, spared);
    const wanted = within(listed, reachOf(target));
    const demand = { wanted, spared, entries: () => all(parts.entries.ranges('block')) };
    return { listed, wanted, spared, destination: await destinationOf(demand, capacity, squeezeOf(target)) };
  }
}

function within(listed: Coverage, { networks, countries }: Reach): Coverage {
  return {
    ...(networks === undefined ? listed : NOTHING),
    countries: countries === undefined ? listed.countries : [],
  };
}

/** What a pin comes to now: what has become protected since is left out, unless an entry forces it. */
export function pinned(
  pin: Coverage,
  { spared, destination }: Pick<Desire, 'spared' | 'destination'>,
): Coverage {
  return { ...pin, block: subtract(pin.block, subtract(spared, destination.block)) };
}

/** What a pin asks for. */
export function coverageOf({
  block,
  allow,
  countries,
}: Pick<Pin, 'block' | 'allow' | 'countries'>): Coverage {
  return { block: setOf(block), allow: setOf(allow), countries };
}

function squeezeOf(target: Target): Squeeze {
  // All of a list never fits into the few rules of a network ACL.
  const mode = target.kind === 'network-acl' ? 'some' : 'all';
  const whenFull = 'whenFull' in target ? target.whenFull : 'drop';
  if (whenFull === 'drop') return { mode, maxCollateral: 0n, widestPrefix: { v4: 1, v6: 1 } };
  const { maxCollateral, widestPrefix } = whenFull.widen;
  return {
    mode,
    maxCollateral: BigInt(maxCollateral),
    widestPrefix: { v4: widestPrefix.ipv4, v6: widestPrefix.ipv6 },
  };
}

async function all(pages: AsyncIterable<ListedRange[]>): Promise<ListedRange[]> {
  const ranges: ListedRange[] = [];
  for await (const page of pages) ranges.push(...page);
  return ranges;
}
