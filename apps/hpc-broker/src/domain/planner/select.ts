import type { PlanRule } from '@groundwork/contracts';
import type { Weighed } from './way.ts';
import type { Question } from './question.ts';
import { duration, usd } from './span.ts';

export interface Selection<W> {
  chosen: W;
  cheapest: W;
  fastest: W;
  cheapestByDeadline: W | null;
}

/** Of those that work, those that are asked for; or why none is. */
export function select<W extends Weighed>(job: Question, options: readonly W[]): Selection<W> | PlanRule[] {
  const cap = job.maxCostUsd;
  const paid = cap === undefined ? options : options.filter(({ cost }) => cost.likely <= cap);
  const [cheapest, fastest] = [best(paid, byCost), best(paid, byTime)];
  if (cheapest === undefined || fastest === undefined) {
    const least = best(options, byCost);
    return [
      {
        code: 'over_max_cost',
        message: `The cheapest way costs ${usd(least?.cost.likely ?? 0)} with what is likely to be lost, and maxCostUsd is ${usd(cap ?? 0)}`,
        source: 'maxCostUsd of the job',
      },
    ];
  }
  const left = job.remainingSeconds;
  if (left === undefined) {
    return {
      chosen: job.objective === 'fastest' ? fastest : cheapest,
      cheapest,
      fastest,
      cheapestByDeadline: null,
    };
  }
  const inTime = paid.filter(({ time }) => time.high <= left);
  const [cheapestByDeadline, soonest] = [best(inTime, byCost), best(inTime, byTime)];
  if (cheapestByDeadline === undefined || soonest === undefined)
    return [tooLate(paid, left, cap !== undefined)];
  return {
    chosen: job.objective === 'fastest' ? soonest : cheapestByDeadline,
    cheapest,
    fastest,
    cheapestByDeadline,
  };
}

function tooLate(options: readonly Weighed[], left: number, isCapped: boolean): PlanRule {
  const first = best(options, (a, b) => a.time.high - b.time.high);
  const [likely, high] = [first?.time.likely ?? 0, first?.time.high ?? 0].map(duration);
  const within = isCapped ? ' within maxCostUsd' : '';
  const ago = left < 0 ? 'has passed' : `is in ${duration(left)}`;
  return {
    code: 'deadline_unreachable',
    message: `The deadline ${ago}; the soonest that can be kept${within} is in ${high}, likely ${likely}: ${first === undefined ? '' : optionName(first)}`,
    source: 'deadline of the job, against the high end of each time',
  };
}

/** batch spot c8g.xlarge, data by upload */
export function optionName({ engine, purchase, instanceType, transfer }: Weighed): string {
  const place = instanceType === null ? engine.name : `${engine.name} ${purchase} ${instanceType}`;
  return transfer === null ? place : `${place}, data by ${transfer.name}`;
}

type Order = (a: Weighed, b: Weighed) => number;

/** Where all else is the same, fewer machines: there is less to start and to fail. */
export const byCost: Order = (a, b) =>
  costs(a, b) || takes(a, b) || a.instances - b.instances || byName(a, b);
const byTime: Order = (a, b) => takes(a, b) || costs(a, b) || a.instances - b.instances || byName(a, b);
// To a billionth: what is the same by another way of reckoning is no other price.
const costs: Order = (a, b) => Math.round(a.cost.likely * 1e9) - Math.round(b.cost.likely * 1e9);
const takes: Order = (a, b) => Math.round(a.time.likely * 1e9) - Math.round(b.time.likely * 1e9);
const byName: Order = (a, b) => (optionName(a) < optionName(b) ? -1 : 1);

function best<W extends Weighed>(options: readonly W[], order: Order): W | undefined {
  return options.reduce<W | undefined>(
    (found, one) => (found === undefined || order(one, found) < 0 ? one : found),
    undefined,
  );
}
