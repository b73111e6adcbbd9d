import type { PlanRule } from '@groundwork/contracts';
import type { Question } from './question.ts';
import type { Services } from '../catalogue/services.ts';
import { nameOf, type Candidate } from './candidates.ts';
import type { Need } from './need.ts';
import { duration, num, type Reckoned, type Span } from './span.ts';
import { chanceOfMore } from './spot-loss.ts';
import { MAY_FAIL, spotTime, type LastOne } from './spot-time.ts';
import type { WorkTime } from './work-time.ts';

/** Of one element or of the gang, with what Spot takes away. */
export interface AttemptTime extends Reckoned {
  paid: Span;
  last: LastOne;
}

/** Or every reason why it would not get through. */
export function attemptTime(
  job: Question,
  need: Need,
  candidate: Candidate,
  work: WorkTime,
  services: Services,
): AttemptTime | PlanRule[] {
  const rules = cutShort(job, candidate, work);
  if (candidate.purchase !== 'spot') {
    const last: LastOne = (_, rounds) => rounds * work.span.high;
    return rules.length > 0 ? rules : { ...work, paid: work.span, last };
  }
  const spot = spotTime(job, need, work.span, services);
  if (!Number.isFinite(spot.span.high)) {
    rules.push({
      code: 'spot_never_ends',
      message:
        'Spot would take away more than is done between two checkpoints: write them more often, or buy On-Demand',
      source: 'Young 1974',
    });
    return rules;
  }
  if (need.count * chanceOfMore(job.retries.preemption, spot.reclaims) > MAY_FAIL) {
    rules.push({
      code: 'spot_beyond_retries',
      message: `${num(spot.reclaims)} reclaims of each are expected, and retries.preemption ${job.retries.preemption} would not do in one of ten cases`,
      source: services.spot.monthly.source,
    });
  }
  if (rules.length > 0) return rules;
  return {
    span: spot.span,
    paid: spot.paid,
    last: spot.last,
    formula: () => `${work.formula()}; on Spot ${spot.formula()}`,
    sources: [...work.sources, ...spot.sources],
  };
}

/** An attempt is ended at its walltime, and that counts as a failure of the job's own. */
function cutShort(job: Question, candidate: Candidate, { span }: WorkTime): PlanRule[] {
  const again = Math.ceil(span.likely / job.walltimeSeconds) - 1;
  if (again <= 0 || (job.checkpoint !== undefined && again <= job.retries.user)) return [];
  const mend =
    job.checkpoint === undefined
      ? 'give it more walltimeSeconds'
      : `give it more walltimeSeconds, or retries.user ${again} to go on from its checkpoints`;
  return [
    {
      code: 'walltime_too_short',
      message: `On ${nameOf(candidate)} it takes ${duration(span.likely)} and is ended after ${duration(job.walltimeSeconds)}: ${mend}`,
      source: 'walltimeSeconds of the job',
    },
  ];
}
