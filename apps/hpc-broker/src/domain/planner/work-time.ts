import type { Question } from './question.ts';
import type { Services } from '../catalogue/services.ts';
import { familyOf } from '../catalogue/instance-table.ts';
import type { Factor } from './calibration.ts';
import type { Candidate } from './candidates.ts';
import { num, sourceOf, spanText, type Reckoned, type Span } from './span.ts';

/** Seconds of one element or node, without losses. */
export interface WorkTime extends Reckoned {
  /** The likely time before calibration. */
  modelledSeconds: number;
}

const OF_THE_JOB = 'the job';

/**
 * How long the work takes there. Between families only what a source compares is modelled; cores are else
 * taken as equal, and calibration learns what they are. Nobody knows how far workSeconds is off before it
 * has run: until then walltimeSeconds bounds it, and people's estimates are that bad (Mu'alem and
 * Feitelson 2001).
 */
export function workTime(
  job: Question,
  { type }: Candidate,
  { speeds }: Services,
  factor: Factor | undefined,
  plannedOn: string,
  ranksPerCore: number,
): WorkTime {
  const work = job.workSeconds ?? job.walltimeSeconds;
  const known = type && speeds.find(({ families }) => families.includes(familyOf(type.type)));
  const speedOf = known ?? { slow: 1, fast: 1 };
  const [slow, fast] = [speedOf.slow / ranksPerCore, speedOf.fast / ranksPerCore];
  // Where only walltimeSeconds is known it is the most that can be, on whatever core.
  const most = job.workSeconds === undefined ? work : Number.POSITIVE_INFINITY;
  const model: Span = {
    low: Math.min(most, work / fast),
    likely: Math.min(most, (2 * work) / (slow + fast)),
    high: Math.min(most, work / slow),
  };
  const said = job.workSeconds === undefined ? 'walltimeSeconds' : 'workSeconds';
  const speed = (): string =>
    known
      ? `speed ${num(fast)} / ${num((slow + fast) / 2)} / ${num(slow)} of a core of 2024`
      : ranksPerCore > 1
        ? `speed ${num(fast)} (${num(ranksPerCore)} ranks share each core)`
        : 'speed 1 (between families not modelled)';
  const sources = [{ what: OF_THE_JOB, date: plannedOn }, ...(known ? [sourceOf(known)] : [])];
  if (factor !== undefined) {
    const high = Math.max(model.high * factor.p90, model.likely * factor.median);
    const span = {
      low: Math.min(model.low, model.likely * factor.median),
      likely: model.likely * factor.median,
      high,
    };
    return {
      span,
      modelledSeconds: model.likely,
      formula: () =>
        `${said} ${num(work)} s / ${speed()}, × ${num(factor.median)} likely and ${num(factor.p90)} high, as ${factor.observations} attempts of this shape took`,
      sources: [...sources, { what: `${factor.observations} attempts observed here`, date: plannedOn }],
    };
  }
  const span = { ...model, high: Math.max(model.high, job.walltimeSeconds) };
  return {
    span,
    modelledSeconds: model.likely,
    formula: () =>
      `${said} ${num(work)} s / ${speed()}; at most walltimeSeconds ${num(job.walltimeSeconds)} s = ${spanText(span)} s`,
    sources,
  };
}
