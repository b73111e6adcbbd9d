import { subtract, toCidrLines, type RangeSet } from '@groundwork/ip-ranges';
import { wantedOf, type Listing } from '../listing.ts';
import { spareSet, type ProtectedRange } from '../protected-ranges.ts';

/** All that is blocked now, as whoever enforces it elsewhere is to have it. */
export interface List {
  /** Allows and what must stay reachable are carved out. */
  blocked: RangeSet;
  countries: readonly string[];
  /** The least number of CIDRs, one per line, ASCII. */
  lines: Uint8Array;
}

export interface ListParts {
  listing: () => Promise<Listing>;
  /** The same array as long as it has not changed. */
  protectedRanges: () => readonly ProtectedRange[];
}

/** Gives the list of now. What has not changed is not computed again. */
export function createList({ listing, protectedRanges }: ListParts): () => Promise<List> {
  let last: { key: unknown[]; list: List } | undefined;
  return async () => {
    const now = await listing();
    const ranges = protectedRanges();
    const key = [now.blocks, now.forced, now.allows, now.countries, ranges];
    if (last?.key.every((one, i) => one === key[i]) !== true) {
      const { block, allow, countries } = wantedOf(now, spareSet(ranges));
      const blocked = subtract(block, allow);
      last = { key, list: { blocked, countries, lines: toCidrLines(blocked) } };
    }
    return last.list;
  };
}
