import {
  buildLookup,
  fit,
  parse,
  parseList,
  prefixTexts,
  subtract,
  union,
  type IpRange,
  type RangeSet,
} from '@groundwork/ip-ranges';
import { overlaps } from './subject.ts';
import { networksOf, only, setOf, unionOf, type Coverage, type Version } from './networks.ts';
import type { ListedRange } from '../ports/entries.ts';

/** How many networks a target can hold. */
export interface Capacity {
  block: Readonly<Record<Version, number>>;
  allow: Readonly<Record<Version, number>>;
  /** Countries that can be blocked. */
  countries: number;
}

/** Whether it holds so much. */
export function fits({ block }: Capacity, set: RangeSet): boolean {
  return VERSIONS.every((version) => networksOf(only(set, version)).length <= block[version]);
}

/** What is left of it beside networks that stay. */
export function roomBeside(capacity: Capacity, staying: RangeSet): Capacity {
  const [v4, v6] = VERSIONS.map((version) =>
    Math.max(0, capacity.block[version] - networksOf(only(staying, version)).length),
  ) as [number, number];
  return { ...capacity, block: { v4, v6 } };
}

const VERSIONS = ['v4', 'v6'] as const;

/** What becomes of more than that. */
export interface Squeeze {
  /** `all`: everything is covered, or nothing is widened. `some`: what is worth most is covered. */
  mode: 'all' | 'some';
  /** Unlisted addresses that may be blocked along; 0: what is least sure is left out. */
  maxCollateral: bigint;
  widestPrefix: Readonly<Record<Version, number>>;
}

export interface Destination extends Coverage {
  /** Wanted, but there is no room for it. */
  dropped: RangeSet;
  /** Blocked only because something wider had to be. */
  collateral: RangeSet;
  droppedCountries: readonly string[];
}

export interface Demand {
  wanted: Coverage;
  /** Never blocked along. */
  spared: RangeSet;
  /** Every entry that blocks; asked for only when there is too much. */
  entries: () => Promise<readonly ListedRange[]>;
}

/** Networks times room: up to here the best fit takes about a second of CPU. */
const MOST_WORK = 1e9;

/**
 * What a target will hold: all that is wanted, or what comes nearest within its room. An allow that
 * there is no room for is carved out of the blocks instead.
 */
export async function destinationOf(
  demand: Demand,
  capacity: Capacity,
  squeeze: Squeeze,
): Promise<Destination> {
  const { wanted } = demand;
  const allowed = (['v4', 'v6'] as const).map((version) =>
    setOf(networksOf(only(wanted.allow, version)).slice(0, capacity.allow[version])),
  );
  const allow = unionOf(allowed);
  const carved = subtract(wanted.allow, allow);
  const block = subtract(wanted.block, carved);
  const untouchable = subtract(union(demand.spared, carved), block);
  const held = { v4: await squeezed('v4'), v6: await squeezed('v6') };
  const fitted = union(held.v4, held.v6);
  return {
    block: fitted,
    allow,
    countries: wanted.countries.slice(0, capacity.countries),
    dropped: subtract(block, fitted),
    collateral: subtract(fitted, block),
    droppedCountries: wanted.countries.slice(capacity.countries),
  };

  async function squeezed(version: Version): Promise<RangeSet> {
    const set = only(block, version);
    const networks = networksOf(set);
    const most = capacity.block[version];
    if (networks.length <= most) return set;
    const { mode, maxCollateral, widestPrefix } = squeeze;
    const entries = await demand.entries();
    if (maxCollateral > 0n && networks.length * most <= MOST_WORK) {
      const weights = mode === 'some' ? weigh(networks, entries) : [];
      const lines = networks.map((network, i) => `${network} ${weights[i] ?? ''}`);
      const wider = fit(parseList(lines.join('\n'))[version], {
        mode,
        capacity: most,
        maxCollateral,
        widestPrefix: widestPrefix[version],
        protected: untouchable[version],
      });
      if (wider.feasible) return setOf([...prefixTexts(wider.prefixes)]);
    }
    // Without collateral the best choice is simply the heaviest: no network helps to cover another.
    const weights = weigh(networks, entries);
    const heaviest = networks.map((_, i) => i).toSorted((a, b) => weights[b]! - weights[a]! || a - b);
    return setOf(heaviest.slice(0, most).map((i) => networks[i]!));
  }
}

/**
 * How sure it is of each network that it must be blocked: the sum over all entries that it is part
 * of, or that are part of it; 1 at least. A piece of a surely blocked network is as sure as the whole.
 */
function weigh(networks: readonly string[], entries: readonly ListedRange[]): number[] {
  const lookup = buildLookup(parseList(networks.join('\n')));
  const pieces = networks.map(rangeOf);
  const weights = networks.map(() => 1);
  const add = (at: number, confidence: number): void => {
    weights[at] = weights[at]! + confidence;
  };
  for (const { first, last, confidence } of entries) {
    // Most are single addresses, and found at once.
    const found = first === last ? lookup.find(first) : undefined;
    if (found !== undefined) add(found.entry, confidence);
    if (first === last) continue;
    const entry = rangeOf(`${first}-${last}`);
    for (let at = firstFrom(pieces, entry); at < pieces.length && overlaps(pieces[at]!, entry); at += 1) {
      add(at, confidence);
    }
  }
  return weights;
}

function rangeOf(text: string): IpRange {
  const parsed = parse(text);
  if (!parsed.ok) throw new Error(parsed.problem.message);
  return parsed.range;
}

/** The first of disjoint ranges in ascending order that ends where another begins, or later. */
function firstFrom(ranges: readonly IpRange[], { first }: IpRange): number {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle]!.last < first) low = middle + 1;
    else high = middle;
  }
  return low;
}
