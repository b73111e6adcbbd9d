import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  factorOf,
  NOTHING_OBSERVED,
  observed,
  type Calibration,
} from '../../src/domain/planner/calibration.ts';
import { plan } from '../../src/domain/planner/plan.ts';
import { catalogue, job, LOCAL, settings } from './support.ts';

const after = (ratios: readonly number[]): Calibration =>
  ratios.reduce((before, ratio) => observed(before, 100, 100 * ratio), NOTHING_OBSERVED);

function planned(calibration: Calibration | undefined) {
  const book = { of: (shape: string) => (shape === '4c@local' ? calibration : undefined) };
  const spec = job({ resources: { cores: 4 }, workSeconds: 100, walltimeSeconds: 1_000 });
  const answer = plan(spec, catalogue, { ...settings([LOCAL]), calibration: book });
  if ('refused' in answer) throw new Error('refused');
  return answer;
}

describe('Calibration', () => {
  it('makes a plan go by what was observed, and say so', () => {
    const { chosen, why } = planned(after([2, 2, 2, 2, 2, 2, 2, 2, 2, 3]));
    expect(chosen.attempt).toMatchObject({ low: 100, likely: 200, high: 200 });
    expect(chosen.attempt.formula).toContain('as 10 attempts of this shape took');
    expect(why.join(' ')).toContain('10 attempts observed here');
  });

  it('is not used before five attempts, and walltimeSeconds bounds the time until then', () => {
    expect(planned(after([2, 2, 2, 2])).chosen.attempt).toMatchObject({ likely: 100, high: 1_000 });
    expect(planned(after([2, 2, 2, 2, 2])).chosen.attempt).toMatchObject({ likely: 200, high: 200 });
  });

  it('is not used where only a limit is known: that says nothing of how long it takes', () => {
    const book = { of: () => after([0.01, 0.01, 0.01, 0.01, 0.01]) };
    const spec = job({ resources: { cores: 4 }, walltimeSeconds: 1_000 });
    const answer = plan(spec, catalogue, { ...settings([LOCAL]), calibration: book });
    expect(answer).toMatchObject({ chosen: { attempt: { likely: 1_000 } } });
  });

  it('keeps what was modelled apart, so that no factor is taken of a factor', () => {
    expect(planned(after([2, 2, 2, 2, 2])).chosen.modelledSeconds).toBe(100);
  });

  it('is not moved far by less than half of all attempts, whatever these took', () => {
    const wild = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(fc.array(wild, { maxLength: 15 }), (freaks) => {
        const factor = factorOf(after([...Array.from({ length: 16 }, () => 1.5), ...freaks]));
        expect(factor?.median).toBe(1.5);
      }),
    );
  });

  it('learns a new version of a program within 16 attempts', () => {
    const old = Array.from({ length: 100 }, () => 1);
    const fresh = Array.from({ length: 16 }, () => 4);
    expect(factorOf(after([...old, ...fresh]))?.median).toBe(4);
  });

  it('refuses times that are none', () => {
    expect(() => observed(NOTHING_OBSERVED, 0, 1)).toThrow(RangeError);
    expect(() => observed(NOTHING_OBSERVED, 1, Number.NaN)).toThrow(RangeError);
  });
});
