import type { PlanRule } from '@groundwork/contracts';
import type { Unfit } from './candidates.ts';
import type { Question } from './question.ts';

const MOST = 5;

/** Rules that a type breaks by being another one, and not by what the job asks for. */
const OF_THE_TYPE = new Set(['gpu_not_needed', 'other_purchase', 'not_sold_here', 'other_architecture']);

/**
 * Why nothing works: of what comes nearest, those that break the fewest rules. A type that lacks memory and
 * EFA says less than one that lacks EFA alone.
 */
export function refusals(job: Question, unfit: readonly Unfit[]): PlanRule[] {
  if (unfit.length === 0) {
    const asked = job.engine === undefined ? 'No engine is set up' : `No engine is called ${job.engine}`;
    return [
      { code: 'no_engine', message: `${asked}, or it may start nothing`, source: 'settings of the engines' },
    ];
  }
  const weight = ({ rules }: Unfit): number =>
    rules.reduce((sum, { code }) => sum + (OF_THE_TYPE.has(code) ? 3 : 1), 0);
  const least = Math.min(...unfit.map(weight));
  const nearest = unfit.filter((one) => weight(one) === least).toSorted(largestFirst);
  const found = new Map<string, PlanRule>();
  for (const rule of nearest.flatMap(({ rules }) => rules)) {
    if (!found.has(rule.code)) found.set(rule.code, rule);
  }
  return [...found.values()].slice(0, MOST);
}

/** So that what is said of one holds for all: the largest has too little. */
function largestFirst({ candidate: a }: Unfit, { candidate: b }: Unfit): number {
  const [one, other] = [a.type, b.type];
  if (one === undefined || other === undefined) return 0;
  return other.gpus - one.gpus || other.memoryMib - one.memoryMib || other.cores - one.cores;
}
