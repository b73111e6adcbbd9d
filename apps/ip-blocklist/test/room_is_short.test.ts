import { subtract, toCidrs, type RangeSet } from '@groundwork/ip-ranges';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { destinationOf, type Capacity, type Squeeze } from '../src/domain/destination.ts';
import { networksOf, setOf } from '../src/domain/networks.ts';
import type { ListedRange } from '../src/ports/entries.ts';

const NONE = setOf([]);
const room = (v4: number, allow = 10): Capacity => ({
  block: { v4, v6: 1 },
  allow: { v4: allow, v6: 1 },
  countries: 2,
});
const DROP: Squeeze = { mode: 'all', maxCollateral: 0n, widestPrefix: { v4: 1, v6: 1 } };
const widen = (maxCollateral: bigint, v4 = 8): Squeeze => ({
  mode: 'all',
  maxCollateral,
  widestPrefix: { v4, v6: 32 },
});

function entries(confidences: Record<string, number>): ListedRange[] {
  return Object.entries(confidences).map(([address, confidence]) => ({
    action: 'block',
    first: address,
    last: address,
    forced: false,
    confidence,
  }));
}

async function destination(
  listed: ListedRange[],
  capacity: Capacity,
  squeeze: Squeeze,
  { allow = NONE, spared = NONE }: { allow?: RangeSet; spared?: RangeSet } = {},
) {
  const block = setOf(listed.map(({ first }) => first));
  const demand = { wanted: { block, allow, countries: [] }, spared, entries: () => Promise.resolve(listed) };
  const { dropped, collateral, ...goal } = await destinationOf(demand, capacity, squeeze);
  return {
    block: toCidrs(goal.block),
    allow: toCidrs(goal.allow),
    dropped: toCidrs(dropped),
    collateral: toCidrs(collateral),
  };
}

describe('when there is more than fits', () => {
  it('a piece of what is surely blocked is as sure as the whole, wherever an allow has cut it', async () => {
    const sure: ListedRange = {
      action: 'block',
      first: '10.0.0.0',
      last: '10.0.0.255',
      forced: false,
      confidence: 100,
    };
    const bans = entries(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`10.0.1.${i * 2}`, 60])));
    for (const allowed of ['10.0.0.0/32', '10.0.0.9/32', '10.0.0.255/32']) {
      const wanted = {
        block: setOf(['10.0.0.0/24', ...bans.map(({ first }) => first)]),
        allow: setOf([allowed]),
        countries: [],
      };
      const demand = { wanted, spared: NONE, entries: () => Promise.resolve([...bans, sure]) };
      const { block } = await destinationOf(demand, room(8, 0), DROP);
      expect(toCidrs(block)).toEqual(toCidrs(subtract(setOf(['10.0.0.0/24']), setOf([allowed]))));
    }
  });

  it('what is least sure is left out', async () => {
    const listed = entries({ '10.0.0.1': 90, '10.0.0.4': 20, '10.0.0.7': 100, '10.0.0.9': 50 });
    expect(await destination(listed, room(2), DROP)).toEqual({
      block: ['10.0.0.1/32', '10.0.0.7/32'],
      allow: [],
      dropped: ['10.0.0.4/32', '10.0.0.9/32'],
      collateral: [],
    });
  });

  it('networks are widened, if that is allowed, over as few others as possible', async () => {
    const listed = entries({ '10.0.0.0': 1, '10.0.0.1': 1, '10.0.0.3': 1, '10.9.0.0': 1 });
    expect(await destination(listed, room(2), widen(1n))).toMatchObject({
      block: ['10.0.0.0/30', '10.9.0.0/32'],
      dropped: [],
      collateral: ['10.0.0.2/32'],
    });
  });

  it('and never over what is protected, over too many, or wider than it may be', async () => {
    const listed = entries({ '10.0.0.0': 9, '10.0.0.1': 9, '10.0.0.3': 1, '10.9.0.0': 9 });
    const left = { block: ['10.0.0.0/31', '10.9.0.0/32'], dropped: ['10.0.0.3/32'], collateral: [] };
    const spared = setOf(['10.0.0.2']);
    expect(await destination(listed, room(2), widen(100n), { spared })).toMatchObject(left);
    expect(await destination(listed, room(2), widen(0n))).toMatchObject(left);
    expect(await destination(listed, room(2), widen(100n, 31))).toMatchObject(left);
  });

  it('an allow that there is no room for is carved out of the blocks', async () => {
    const block = setOf(['10.0.0.0/24']);
    const allow = setOf(['10.0.0.5', '10.0.0.9']);
    const demand = {
      wanted: { block, allow, countries: [] },
      spared: NONE,
      entries: () => Promise.resolve([]),
    };
    const goal = await destinationOf(demand, room(100, 1), DROP);
    expect(toCidrs(goal.allow)).toEqual(['10.0.0.5/32']);
    expect(toCidrs(goal.block)).not.toContain('10.0.0.0/24');
    expect(networksOf(goal.dropped)).toEqual([]);
    expect(networksOf(goal.block)).toHaveLength(8);
  });

  it('every address that is wanted is either held or said to be dropped', async () => {
    const list = fc.uniqueArray(fc.nat(63), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(list, fc.nat(6), fc.nat(8), async (numbers, capacity, collateral) => {
        const listed = entries(Object.fromEntries(numbers.map((n) => [`10.0.0.${n}`, (n * 7) % 100])));
        const got = await destination(listed, room(capacity), widen(BigInt(collateral)));
        expect(got.block.length).toBeLessThanOrEqual(capacity);
        const all = setOf([...got.block, ...got.dropped]);
        for (const { first } of listed)
          expect(networksOf(setOf([...toCidrs(all), first]))).toEqual(networksOf(all));
        if (got.collateral.length > 0) expect(got.dropped).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
