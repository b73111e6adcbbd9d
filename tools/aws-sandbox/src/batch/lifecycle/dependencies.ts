import { isEnded, type Job } from '../jobs/job.ts';
import type { Jobs } from '../jobs/jobs.ts';

/**
 * What a job waits for. Between arrays N_TO_N is from index to index; SEQUENTIAL without a job is from a child to the
 * one before it. https://docs.aws.amazon.com/batch/latest/userguide/job_dependencies.html
 */
export function dependenciesOf(job: Job): string[] {
  if (job.role === 'array') return [];
  return job.spec.dependsOn.flatMap(({ jobId, type }) => {
    if (jobId !== undefined) {
      return [type === 'N_TO_N' && job.role === 'child' ? `${jobId}:${job.index}` : jobId];
    }
    return job.role === 'child' && (job.index ?? 0) > 0 ? [`${job.parent}:${(job.index ?? 0) - 1}`] : [];
  });
}

/** Whether they are there, and how they ended. One that has been forgotten stands in nobody's way. */
export function stateOfDependencies(jobs: Jobs, job: Job): { outstanding: Job[]; failed: boolean } {
  const all = dependenciesOf(job).flatMap((id) => jobs.find(id) ?? unspawned(jobs, id));
  return {
    outstanding: all.filter((one) => !isEnded(one)),
    failed: all.some(({ status }) => status === 'FAILED'),
  };
}

/** A child that its parent has not made yet, or never will. */
function unspawned(jobs: Jobs, id: string): Job[] {
  const parent = jobs.find(id.replace(/:\d+$/, ''));
  return parent === undefined || jobs.membersOf(parent).length > 0 ? [] : [parent];
}
