import { describe, expect, it } from 'vitest';
import { PlanMemo } from '../../src/domain/planner/memo.ts';
import { plan } from '../../src/domain/planner/plan.ts';
import { catalogue, job, LOCAL, NOW, settings } from './support.ts';

const ofKind = (name: string, more: object = {}) =>
  job({ name, environment: { WHO: name }, labels: { who: name }, priority: 7, workSeconds: 60, ...more });

describe('Jobs that differ in what no plan depends on', () => {
  it('share one, which is what would have been planned for each', () => {
    const [memo, given] = [new PlanMemo(), settings()];
    const first = memo.plan(ofKind('a'), catalogue, given);
    expect(memo.plan(ofKind('b'), catalogue, given)).toBe(first);
    expect(plan(ofKind('b'), catalogue, given)).toEqual(first);
  });

  it('share one within a minute of their deadline, and what was planned late is what would be anew', () => {
    const [memo, given] = [new PlanMemo(), settings([LOCAL])];
    const late = { ...given, now: new Date(NOW.getTime() + 30_000) };
    const spec = ofKind('a', { walltimeSeconds: 60, deadline: '2026-11-23T12:10:45Z' });
    const first = memo.plan(spec, catalogue, given);
    expect(memo.plan(spec, catalogue, late)).toBe(first);
    expect(plan(spec, catalogue, late)).toEqual(first);
    const tooLate = { ...given, now: new Date(NOW.getTime() + 600_000) };
    expect(memo.plan(spec, catalogue, tooLate)).toHaveProperty('refused');
  });

  it.each([
    { walltimeSeconds: 61 },
    { resources: { cores: 2 } },
    { purchase: 'spot' },
    { maxCostUsd: 5 },
    { retries: { user: 1 } },
    { array: { size: 2 } },
    { checkpoint: { everySeconds: 10 } },
    { engine: 'batch' },
    { objective: 'fastest' },
    { dataset: { bytes: 1 } },
  ])('do not share it with one of %j', (more) => {
    const [memo, given] = [new PlanMemo(), settings()];
    expect(memo.plan(ofKind('a', more), catalogue, given)).not.toBe(memo.plan(ofKind('a'), catalogue, given));
  });

  it('are planned anew for other engines, prices or calibration', () => {
    const [memo, given] = [new PlanMemo(), settings()];
    const first = memo.plan(ofKind('a'), catalogue, given);
    expect(memo.plan(ofKind('a'), catalogue, settings([LOCAL]))).not.toBe(first);
    expect(memo.plan(ofKind('a'), { ...catalogue }, given)).not.toBe(first);
    const calibration = { of: () => undefined };
    expect(memo.plan(ofKind('a'), catalogue, { ...given, calibration })).not.toBe(first);
  });

  it('lose the plan that was not asked for longest, when there are too many', () => {
    const [memo, given] = [new PlanMemo(2), settings()];
    const of = (walltimeSeconds: number) => memo.plan(ofKind('a', { walltimeSeconds }), catalogue, given);
    const [first, second] = [of(100), of(200)];
    expect(of(100)).toBe(first);
    of(300);
    expect(of(100)).toBe(first);
    expect(of(200)).not.toBe(second);
  });
});
