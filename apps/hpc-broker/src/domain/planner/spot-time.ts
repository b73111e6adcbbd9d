import type { Services } from '../catalogue/services.ts';
import type { Need } from './need.ts';
import type { Question } from './question.ts';
import { num, sourceOf, spanText, type Reckoned, type Span } from './span.ts';
import { reclaimRate, reclaimsOfOne, withCheckpoints, withNotice, withoutCheckpoints } from './spot-loss.ts';

/** A plan is to be kept in nine of ten cases. */
export const MAY_FAIL = 0.1;

/** Of one element or of the gang: what is expected, and at the high end the worst of ten. */
export interface SpotTime extends Reckoned {
  /** What is paid for each: of many elements few are hit as hard as the one that ends last. */
  paid: Span;
  /** Reclaims that are likely. */
  reclaims: number;
  last: LastOne;
}

/**
 * When so many places that work one after the other through so many rounds are all done, but for one of ten
 * cases: of a thousand places one is reclaimed nearly always, and the job ends with its last.
 */
export type LastOne = (places: number, rounds: number) => number;

interface Loss {
  work: number;
  rate: number;
  restart: number;
}

/** Infinity: it loses faster than it works. */
export function spotTime(job: Question, need: Need, work: Span, services: Services): SpotTime {
  const { spot, start } = services;
  // One node that is taken away ends the whole gang.
  const nodes = need.isGang ? need.count : 1;
  const loss = (part: 'low' | 'likely' | 'high'): Loss => ({
    work: work[part],
    rate: reclaimRate(spot.monthly[part]) * nodes,
    restart: start[part],
  });
  const { expected, mostLost, text } = modelOf(job, spot.noticeSeconds);
  const [likely, worst] = [loss('likely'), loss('high')];
  const [usual, lossless] = [expected(worst), expected({ ...worst, rate: 0 })];
  const last: LastOne = (places, rounds) => {
    const hits = reclaimsOfOne(places, rounds * usual * worst.rate, MAY_FAIL);
    return Math.max(rounds * usual, rounds * lossless + hits * (mostLost(worst) + worst.restart));
  };
  const span = { low: expected(loss('low')), likely: expected(likely), high: last(1, 1) };
  return {
    span,
    paid: need.isGang || need.count === 1 ? span : { ...span, high: usual },
    reclaims: likely.rate * span.likely,
    last,
    formula: () =>
      `${text} with λ = −ln(1 − ${percent(spot.monthly)} a month)/(730 h)${nodes > 1 ? ` × ${nodes} nodes` : ''}, R = ${spanText(start)} s`,
    sources: [sourceOf(spot.monthly), sourceOf(start)],
  };
}

interface Model {
  expected: (loss: Loss) => number;
  /** Of one reclaim, besides the restart. */
  mostLost: (loss: Loss) => number;
  text: string;
}

function modelOf({ checkpoint }: Question, noticeSeconds: number): Model {
  if (checkpoint?.everySeconds !== undefined) {
    const { everySeconds, costSeconds } = checkpoint;
    return {
      expected: (loss) => withCheckpoints(loss, everySeconds, costSeconds),
      mostLost: ({ work }) => Math.min(work, everySeconds + costSeconds),
      text: `(W + C·W/τ)/(1 − λ(τ/2 + R)) with τ = ${num(everySeconds)} s, C = ${num(costSeconds)} s (Young 1974)`,
    };
  }
  if (checkpoint !== undefined && fitsNotice(checkpoint, noticeSeconds)) {
    const { costSeconds } = checkpoint;
    return {
      expected: (loss) => withNotice(loss, costSeconds),
      // AWS gives the notice as best effort: it may not come.
      mostLost: ({ work }) => work,
      text: `W/(1 − λ(C + R)) with C = ${num(costSeconds)} s, as it writes a checkpoint when the notice comes`,
    };
  }
  return {
    expected: withoutCheckpoints,
    mostLost: ({ work }) => work,
    text: '(1/λ + R)(e^λW − 1), as it starts anew each time (Duda 1983)',
  };
}

/** Whether it can be written between the notice of a reclaim and its end. */
export function fitsNotice(
  { costSeconds, graceSeconds }: NonNullable<Question['checkpoint']>,
  noticeSeconds: number,
): boolean {
  return costSeconds <= Math.min(noticeSeconds, graceSeconds);
}

function percent({ low, likely, high }: Span): string {
  return `${[low, likely, high].map((share) => num(share * 100)).join(' / ')} %`;
}
