import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mayStart } from '../../src/domain/planner/may-start.ts';

const money = fc.double({ min: 0, max: 1_000, noNaN: true });

describe('A cap on the cost of a job', () => {
  it('is never broken, whatever attempts cost up to their worst', () => {
    const attempts = fc.array(fc.tuple(money, fc.double({ min: 0, max: 1, noNaN: true })), { maxLength: 50 });
    fc.assert(
      fc.property(attempts, money, (all, cap) => {
        let spent = 0;
        for (const [worst, share] of all) {
          if (mayStart(spent, worst, cap).may) spent += worst * share;
        }
        expect(spent).toBeLessThanOrEqual(cap);
      }),
    );
  });

  it('lets everything start where there is none', () => {
    expect(mayStart(1e9, 1e9, undefined)).toEqual({ may: true });
  });

  it('says what is spent, what might be, and what is allowed', () => {
    expect(mayStart(7, 4.5, 10)).toEqual({
      may: false,
      reason: '7 USD are spent and another attempt may cost 4.5: more than maxCostUsd, 10',
    });
  });
});
