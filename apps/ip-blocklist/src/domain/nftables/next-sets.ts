import {
  addressCount,
  format,
  intersect,
  isEqual,
  rangesOf,
  subtract,
  union,
  type RangeSet,
} from '@groundwork/ip-ranges';
import { isEmpty, networksOf, setOf } from '../networks.ts';
import type { SetLayout } from './layout.ts';
import type { Urgency } from '../../ports/enforcer.ts';

/** What the two sets of one family hold; they may overlap. */
export type Held = Readonly<Record<SetLayout['kind'], RangeSet>>;

/** One set gets other contents. */
export interface SetStep {
  urgency: Urgency;
  kind: SetLayout['kind'];
  after: RangeSet;
}

/** So many addresses may be in the hash set although a network could hold them. */
export const FEW = 4_096n;

/**
 * Steps that bring the sets of one family to what is wanted, each safe by itself, in any order: a
 * wanted address leaves a set only when the other one holds it before and after.
 *
 * New addresses go into the hash set as long as they are few, and fewer than the networks that would
 * be written otherwise. The networks are written anew when something in them has to go, when more
 * is new than that, or when the hash set holds too much that they could hold.
 */
export function nextSets({ singles, ranges }: Held, wanted: RangeSet): SetStep[] {
  const missing = subtract(wanted, union(singles, ranges));
  const networks = networksOf(wanted).filter((network) => !/^[^:]+\/32$|\/128$/.test(network));
  const wide = setOf(networks);
  // A hole in a network leaves single addresses behind: they stay where they are, so that one write is enough.
  const anew = union(wide, subtract(intersect(ranges, wanted), singles));
  const isFew = countOf(missing) <= FEW && countOf(missing) <= BigInt(networks.length);
  const isCrowded = countOf(intersect(singles, wide)) > FEW;
  const mustShrink = !isEmpty(subtract(ranges, wanted));
  const nextRanges = mustShrink || !isFew || isCrowded ? anew : ranges;

  const twice = intersect(ranges, nextRanges);
  const kept = subtract(intersect(singles, wanted), twice);
  const nextSingles = union(kept, subtract(missing, nextRanges));

  return [step('singles', singles, nextSingles), step('ranges', ranges, nextRanges)].flatMap(
    (one) => one ?? [],
  );

  function step(kind: SetStep['kind'], before: RangeSet, after: RangeSet): SetStep | undefined {
    if (isEqual(before, after)) return undefined;
    const adds = !isEmpty(intersect(missing, after));
    const removes = !isEmpty(subtract(before, wanted));
    return { urgency: adds ? 'add' : removes ? 'remove' : 'tidy', kind, after };
  }
}

function countOf({ v4, v6 }: RangeSet): bigint {
  return addressCount(v4) + addressCount(v6);
}

/** Every address of a set that has few, or none that are next to each other. */
export function addressesOf(set: RangeSet): string[] {
  const addresses: string[] = [];
  for (const { family, first, last } of rangesOf(set)) {
    for (let at = first; at <= last; at += 1n) addresses.push(format({ family, first: at, last: at }));
  }
  return addresses;
}
