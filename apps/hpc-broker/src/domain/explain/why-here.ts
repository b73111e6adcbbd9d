import type { JobExplanation, RejectedAlternative } from '@groundwork/contracts';
import type { JobFacts } from './facts.ts';

/** Shown of each kind: compute, storage, transfer. */
const SHOWN = 3;

/** Why it was given to that pool and not to another: as it was planned, when it was accepted. */
export function whyHere({ job, plan }: JobFacts): JobExplanation['place'] {
  if (plan === undefined) return null;
  const seen = new Map<RejectedAlternative['kind'], number>();
  const rejected = plan.rejected.filter(({ kind }) => {
    seen.set(kind, (seen.get(kind) ?? 0) + 1);
    return seen.get(kind)! <= SHOWN;
  });
  return { engine: job.pool, why: plan.why, rejected };
}
