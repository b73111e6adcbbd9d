import { contains, intersect, isEqual, parse, subtract, type RangeSet } from '@groundwork/ip-ranges';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isEmpty, networksOf, setOf, unionOf } from '../src/domain/networks.ts';
import { heldSet, type HeldSet, type Room, type SetChange } from '../src/domain/waf/ip-set.ts';
import { nextChange } from '../src/domain/waf/next-change.ts';

const coveredBy = (held: readonly HeldSet[]): RangeSet => unionOf(held.map(({ covered }) => covered));

function apply(held: readonly HeldSet[], change: SetChange): HeldSet[] {
  if (change.set === undefined) return [...held, heldSet(`set-${held.length}`, change.networks)];
  return held.map((set) => (set.name === change.set ? heldSet(set.name, change.networks) : set));
}

/** Writes until nothing is left to write; returns every write. */
function converge(start: readonly HeldSet[], wanted: RangeSet, room: Room) {
  const changes: SetChange[] = [];
  let held = [...start];
  for (;;) {
    const change = nextChange(held, wanted, room);
    if (change === undefined) return { held, changes };
    const before = coveredBy(held);
    held = apply(held, change);
    changes.push(change);
    const lost = subtract(intersect(before, wanted), coveredBy(held));
    expect(networksOf(lost), 'what is wanted and held stays held').toEqual([]);
    for (const { networks } of held) {
      expect(networks.length).toBeLessThanOrEqual(room.perSet);
      expect(new Set(networks).size, 'no network twice in a set').toBe(networks.length);
    }
    expect(held.length).toBeLessThanOrEqual(Math.max(room.maxSets, start.length));
    expect(changes.length, 'it comes to an end').toBeLessThan(200);
  }
}

/** Networks in 64 addresses, so that they meet. */
const network = fc
  .record({ bits: fc.integer({ min: 26, max: 32 }), at: fc.integer({ min: 0, max: 63 }) })
  .map(({ bits, at }) => `10.0.0.${at & ~(2 ** (32 - bits) - 1)}/${bits}`);
const networks = fc.uniqueArray(network, { maxLength: 12 });
const room = { perSet: 8, maxSets: 4 };

describe('IP sets', () => {
  it('come to hold exactly what is wanted, whatever they held, without a gap on the way', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uniqueArray(network, { maxLength: room.perSet }), { maxLength: room.maxSets }),
        networks,
        (contents, list) => {
          const wanted = setOf(list);
          // 64 addresses never need more than 32 networks, which is what there is room for.
          const start = contents.map((one, i) => heldSet(`set-${i}`, one));
          const { held } = converge(start, wanted, room);
          expect(isEqual(coveredBy(held), wanted)).toBe(true);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('follow one change after another, also when there is barely room', () => {
    fc.assert(
      fc.property(fc.array(networks, { maxLength: 12 }), (lists) => {
        const tight = { perSet: 4, maxSets: 8 };
        let held: HeldSet[] = [];
        for (const list of lists) {
          const wanted = setOf(list);
          ({ held } = converge(held, wanted, tight));
          expect(isEqual(coveredBy(held), wanted)).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('take one more ban with one write of one set, not merged with what is there', () => {
    const [first, second] = [heldSet('a', ['10.0.0.2/32', '10.0.0.4/31']), heldSet('b', ['10.0.0.9/32'])];
    const wanted = setOf(['10.0.0.2/31', '10.0.0.4/31', '10.0.0.9/32']);
    expect(nextChange([first, second], wanted, room)).toEqual({
      purpose: 'add',
      set: 'a',
      networks: ['10.0.0.2/32', '10.0.0.4/31', '10.0.0.3/32'],
      reliesOn: [],
    });
  });

  it('take many bans and lifted bans together in as few writes as sets are touched', () => {
    const held = [
      heldSet('a', ['10.0.0.1/32', '10.0.0.3/32']),
      heldSet('b', ['10.0.0.5/32']),
      heldSet('c', ['10.0.0.7/32']),
    ];
    const wanted = setOf(['10.0.0.1/32', '10.0.0.5/32', '10.0.0.20/32', '10.0.0.22/32', '10.0.0.7/32']);
    const { changes } = converge(held, wanted, room);
    expect(changes.map(({ set, purpose }) => `${purpose} ${set}`)).toEqual(['add a']);
  });

  it('carve what is no longer wanted out of a wider network in one write', () => {
    const change = nextChange(
      [heldSet('a', ['10.0.0.0/29'])],
      subtract(setOf(['10.0.0.0/29']), setOf(['10.0.0.5/32'])),
      room,
    );
    expect(change).toMatchObject({ purpose: 'remove', set: 'a' });
    expect(change?.networks).toEqual(['10.0.0.0/30', '10.0.0.4/32', '10.0.0.6/31']);
  });

  it('merge when that wins back much room, or when room is needed, and leave it at that when it does not', () => {
    const scattered = Array.from({ length: 256 }, (_, i) => `10.0.0.${i}/32`);
    const held = [0, 1, 2, 3].map((s) =>
      heldSet(
        `set-${s}`,
        scattered.filter((_, i) => i % 4 === s),
      ),
    );
    const full = { perSet: 64, maxSets: 4 };
    const wanted = setOf(['10.0.0.0/24', '10.0.1.0/32']);
    const { held: after, changes } = converge(held, wanted, full);
    expect(changes.map(({ purpose }) => purpose)).toEqual(['add', 'add', 'tidy', 'tidy']);
    // What is left over would not be worth a write.
    expect(after.map(({ networks: { length } }) => length)).toEqual([2, 0, 0, 64]);
    // The second write is that of the ban, in the room that the first has won.
    expect(changes[1]?.networks).toContain('10.0.1.0/32');
    expect(
      nextChange(held.slice(0, 1), setOf(scattered.filter((_, i) => i % 4 === 0)), full),
    ).toBeUndefined();
  });

  it('are left as they are when room is scarce but merging would hardly win any', () => {
    const scarce = { perSet: 100, maxSets: 2 };
    const apart = Array.from({ length: 198 }, (_, i) => `10.0.${i}.0/32`);
    const pair = ['10.1.0.0/32', '10.1.0.1/32'];
    const held = [heldSet('a', apart.slice(0, 100)), heldSet('b', [...apart.slice(100), ...pair])];
    expect(nextChange(held, unionOf(held.map(({ covered }) => covered)), scarce)).toBeUndefined();
    // Unless it is needed.
    const more = setOf([...apart, ...pair, '10.2.0.0/32']);
    expect(converge(held, more, scarce).changes.map(({ purpose }) => purpose)).toEqual(['add', 'add']);
  });

  it('never hold a /0, which WAF refuses', () => {
    const parsed = parse('0.0.0.0/0');
    const { held } = converge([], setOf(['0.0.0.0/0']), room);
    expect(held.flatMap((set) => set.networks)).toEqual(['0.0.0.0/1', '128.0.0.0/1']);
    expect(parsed.ok && contains(coveredBy(held), parsed.range)).toBe(true);
    expect(converge(held, setOf([]), room).held.every(({ covered }) => isEmpty(covered))).toBe(true);
  });
});
