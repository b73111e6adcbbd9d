import { intersect, subtract, union, type RangeSet } from '@groundwork/ip-ranges';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { networksIn, nextSteps, type Slot, type Step } from '../src/domain/network-acl/slots.ts';
import { networksOf, setOf, unionOf } from '../src/domain/networks.ts';
import { textOf } from './support/account.ts';

const NUMBERS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
/** `npm run soak` makes it 3,000. */
const RUNS = Number(process.env['MODEL_RUNS'] ?? 300);
/** More than it takes from anywhere. */
const MOST_STEPS = 60;

const network = fc
  .record({ bits: fc.integer({ min: 30, max: 32 }), at: fc.nat(7) })
  .map(({ bits, at }) => `10.0.0.${at & ~(2 ** (32 - bits) - 1)}/${bits}`);
const slot = (number: number) =>
  fc.record({
    number: fc.constant(number),
    ingress: fc.option(network, { nil: undefined, freq: 3 }),
    egress: fc.option(network, { nil: undefined, freq: 3 }),
  });
/** As earlier processes and other people may have left it: few, so that hardly anything is denied twice. */
const slots = fc
  .tuple(...NUMBERS.slice(0, 4).map(slot))
  .map((all): Slot[] => all.filter((one) => networksIn(one).length > 0));
const wish = fc.array(network, { maxLength: 4 }).map((networks) => setOf(networks));

const denied = (all: readonly Slot[]): RangeSet => unionOf(all.map((one) => setOf(networksIn(one))));

function after(all: readonly Slot[], { number, direction, network: to }: Step): Slot[] {
  const before = all.find((one) => one.number === number) ?? {
    number,
    ingress: undefined,
    egress: undefined,
  };
  const rest = all.filter((one) => one.number !== number);
  const changed = { ...before, [direction]: to };
  return networksIn(changed).length === 0 ? rest : [...rest, changed];
}

describe('rules of a network ACL, from anything to anything', () => {
  it('come to deny just what is wanted, and never let go of it on the way, whichever step is next', () => {
    fc.assert(
      fc.property(
        slots,
        fc.array(wish, { minLength: 1, maxLength: 4 }),
        fc.infiniteStream(fc.nat()),
        (first, wishes, picks) => {
          let all: readonly Slot[] = first;
          for (const wanted of wishes) {
            for (let count = 0; ; count += 1) {
              const taken = new Set(all.map(({ number }) => number));
              const steps = nextSteps(
                all,
                wanted,
                NUMBERS.filter((number) => !taken.has(number)),
              );
              if (steps.length === 0) break;
              expect(count, 'it comes to an end').toBeLessThan(MOST_STEPS);
              const step = steps[picks.next().value! % steps.length]!;
              const then = after(all, step);
              const lost = subtract(intersect(denied(all), wanted), denied(then));
              expect(textOf(lost), `let go by ${JSON.stringify(step)}`).toBe('');
              const unasked = subtract(denied(then), union(denied(all), wanted));
              expect(textOf(unasked), `denied unasked by ${JSON.stringify(step)}`).toBe('');
              all = then;
            }
            expect(textOf(denied(all))).toBe(textOf(wanted));
            expect(all.every(({ ingress, egress }) => ingress === egress)).toBe(true);
            expect(all).toHaveLength(networksOf(wanted).length);
          }
        },
      ),
      { numRuns: RUNS },
    );
  });
});
