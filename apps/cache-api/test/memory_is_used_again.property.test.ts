import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Scratch } from '../src/http/scratch.ts';

it('never by two at once, and is as long as was asked for', () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ take: fc.integer({ min: 0, max: 1_200_000 }) }),
      fc.record({ giveBack: fc.nat({ max: 20 }) }),
    ),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(steps, (all) => {
      const scratch = new Scratch();
      const held: { bytes: Buffer; mark: number }[] = [];
      all.forEach((step, at) => {
        if ('take' in step) {
          const bytes = scratch.take(step.take);
          expect(bytes.length).toBe(step.take);
          bytes.fill(at);
          held.push({ bytes, mark: at });
        } else if (held.length > 0) {
          const [one] = held.splice(step.giveBack % held.length, 1);
          scratch.giveBack(one!.bytes);
        }
        for (const { bytes, mark } of held) {
          expect([bytes.at(0), bytes.at(-1)]).toEqual(
            bytes.length === 0 ? [undefined, undefined] : [mark, mark],
          );
        }
      });
    }),
    { numRuns: 200 },
  );
});

it('is what was given back, for the next one of about that size', () => {
  const scratch = new Scratch();
  const first = scratch.take(100_000);
  scratch.giveBack(first);
  expect(scratch.take(120_000).buffer).toBe(first.buffer);
  expect(scratch.take(120_000).buffer).not.toBe(first.buffer);
});
