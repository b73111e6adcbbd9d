import { intersect, isEqual, subtract, union } from '@groundwork/ip-ranges';
import { describe, expect, it } from 'vitest';
import { isEmpty, NOTHING, setOf } from '../src/domain/networks.ts';
import { FEW, nextSets, type Held } from '../src/domain/nftables/next-sets.ts';
import { textOf } from './support/account.ts';

/** The same numbers for the same seed. https://en.wikipedia.org/wiki/Linear_congruential_generator */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe('what the sets of nftables are to hold next', () => {
  it.each([1, 2, 3, 4, 5, 6])('lets go of nothing wanted, blocks nothing else, and ends (%i)', (seed) => {
    const random = createRandom(seed);
    const network = (): string => `10.0.${random(64)}.${random(256)}/${20 + random(13)}`;
    let held: Held = { singles: NOTHING.block, ranges: NOTHING.block };
    let wanted = NOTHING.block;
    for (let round = 0; round < 40; round += 1) {
      const [some, others] = [0, 0].map(() => setOf(Array.from({ length: 1 + random(30) }, network)));
      wanted = random(10) === 0 ? NOTHING.block : subtract(union(wanted, some!), others!);
      for (let count = 0; ; count += 1) {
        const steps = nextSets(held, wanted);
        const step = steps[random(steps.length)];
        if (step === undefined) break;
        expect(count, 'it ends').toBeLessThan(6);
        const before = union(held.singles, held.ranges);
        held = { ...held, [step.kind]: step.after };
        const after = union(held.singles, held.ranges);
        expect(textOf(subtract(intersect(before, wanted), after)), 'let go').toBe('');
        expect(textOf(subtract(after, union(before, wanted))), 'blocked unasked').toBe('');
        const [gains, loses] = [subtract(after, before), subtract(before, after)].map((set) => !isEmpty(set));
        const urgency = gains! ? 'add' : loses! ? 'remove' : 'tidy';
        expect(step.urgency).toBe(urgency);
      }
      expect(isEqual(union(held.singles, held.ranges), wanted)).toBe(true);
    }
  });

  it('adds what is few to the hash set, and what is more to the networks', () => {
    const many = Array.from({ length: 5_000 }, (_, i) => `10.${i >> 7}.${(i & 127) * 2}.0/24`);
    const held = { singles: NOTHING.block, ranges: setOf(many) };
    const kinds = (more: string) => nextSets(held, union(held.ranges, setOf([more]))).map(({ kind }) => kind);
    expect(FEW).toBe(4_096n);
    expect(kinds('172.16.0.0/20')).toEqual(['singles']);
    expect(kinds('172.16.0.0/19')).toEqual(['ranges']);
  });
});
