import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acceptableBacklog, BACKLOG_PER_TASK } from '../constructs/backlog-scaling.ts';
import { ERROR_RATE, slotLagIsGrowing } from '../constructs/formulas.ts';
import { alarmed, evaluate } from './metric-maths.ts';

const lags = JSON.parse(readFileSync(new URL('recorded/slot-lag.json', import.meta.url), 'utf8')) as Record<
  'follows' | 'bursts' | 'stuck' | 'returns',
  number[]
>;

describe('messages per task', () => {
  it('are what waits, over the tasks that run; with none, or none known, all of it', () => {
    expect(
      evaluate(BACKLOG_PER_TASK, { waiting: [0, 60, 60, 60, 60], tasks: [2, 2, 3, undefined, 0] }),
    ).toEqual([0, 30, 20, 60, 60]);
  });

  it('that may wait are as many as a task handles in the time', () => {
    expect(acceptableBacklog({ waitSeconds: 30, secondsPerMessage: 1, atOnce: 2 })).toBe(60);
    expect(acceptableBacklog({ waitSeconds: 30, secondsPerMessage: 0.5, atOnce: 0.5 })).toBe(30);
    // Something always may wait: a target of less than one message would start tasks for nothing.
    expect(acceptableBacklog({ waitSeconds: 1, secondsPerMessage: 60, atOnce: 0.25 })).toBe(1);
  });

  it('bring as many tasks as a burst needs, and let them go when it is over', () => {
    const target = acceptableBacklog({ waitSeconds: 30, secondsPerMessage: 1, atOnce: 2 });
    const run = track({ target, min: 2, max: 20, perTaskAMinute: 120, arrivals: burst(6_000, 5, 60) });
    expect(Math.max(...run.tasks)).toBeGreaterThanOrEqual(15);
    expect(run.tasks.at(-1)).toBe(2);
    expect(run.waiting.at(-1)).toBe(0);
    // 6,000 images at 120 a minute would be 25 minutes for two tasks.
    expect(run.waiting.findLastIndex((waiting) => waiting > 0)).toBeLessThan(15);
  });

  it('never leave anything waiting for ever, whatever arrives', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(2_000), { minLength: 1, maxLength: 30 }), (arrivals) => {
        const quiet = Array<number>(120).fill(0);
        const run = track({
          target: 60,
          min: 1,
          max: 10,
          perTaskAMinute: 120,
          arrivals: [...arrivals, ...quiet],
        });
        expect(run.waiting.at(-1)).toBe(0);
        expect(run.tasks.at(-1)).toBe(1);
      }),
    );
  });
});

describe("the slot's lag", () => {
  const alarm = { threshold: 0, bad: slotLagIsGrowing.minutes, of: slotLagIsGrowing.minutes };
  const alarms = (lag: number[]) => alarmed(evaluate(slotLagIsGrowing.expression, { lag }), alarm);

  it('is no alarm while its reader follows, nor for bursts that it gets through', () => {
    expect(alarms(lags.follows)).toEqual([]);
    expect(alarms(lags.bursts)).toEqual([]);
  });

  it('is one when its reader is gone: a quarter of an hour after it is more than a burst, and until it is back', () => {
    const series = [...lags.follows, ...lags.stuck, ...lags.returns];
    const since = series.findIndex((bytes) => bytes > 64 * 2 ** 20);
    const on = alarms(series);
    expect(on[0]).toBe(since + slotLagIsGrowing.minutes - 1);
    const back = series.findIndex((bytes, minute) => minute > since && bytes < 64 * 2 ** 20);
    expect(on.at(-1)).toBe(back - 1);
  });
});

describe('the share of errors', () => {
  const share = (requests: (number | undefined)[], errors: (number | undefined)[]) =>
    evaluate(ERROR_RATE, { requests, errors });

  it('is percent of what was asked, and nothing while too little is asked to say', () => {
    expect(share([1_000, 1_000, 19, undefined], [undefined, 60, 19, undefined])).toEqual([0, 6, 0, 0]);
  });

  it('wakes nobody for one bad minute, and somebody for three of five', () => {
    const requests = Array<number>(10).fill(100);
    const errors = [0, 50, 0, 0, 0, 0, 8, 0, 9, 10];
    expect(alarmed(share(requests, errors), { threshold: 5, bad: 3, of: 5 })).toEqual([9]);
  });
});

const burst = (messages: number, quietBefore: number, quietAfter: number): number[] => [
  ...Array<number>(quietBefore).fill(0),
  messages,
  ...Array<number>(quietAfter).fill(0),
];

/**
 * Target tracking as AWS describes it: as many tasks as bring the metric to its target, rounded up; out after a
 * minute, in only when it would stay below (90 % of the target) and five minutes after the last change.
 */
function track(options: {
  target: number;
  min: number;
  max: number;
  perTaskAMinute: number;
  arrivals: number[];
}) {
  const { target, min, max, perTaskAMinute, arrivals } = options;
  let [tasks, waiting, changedAt] = [min, 0, -Infinity];
  const history = { tasks: [] as number[], waiting: [] as number[] };
  for (const [minute, arrived] of arrivals.entries()) {
    waiting = Math.max(0, waiting + arrived - tasks * perTaskAMinute);
    const [backlog = 0] = evaluate(BACKLOG_PER_TASK, { waiting: [waiting], tasks: [tasks] });
    const wanted = Math.min(max, Math.max(min, Math.ceil((tasks * backlog) / target)));
    const isIn = wanted < tasks && backlog < 0.9 * target && minute - changedAt >= 5;
    if ((wanted > tasks && minute - changedAt >= 1) || isIn) {
      tasks = wanted;
      changedAt = minute;
    }
    history.tasks.push(tasks);
    history.waiting.push(waiting);
  }
  return history;
}
