import type { Submission } from '@groundwork/contracts';
import type { Issue } from './workflow.ts';

/** Tasks that bring data and that jobs may name: their ARNs by name. */
export type DatasetTasks = ReadonlyMap<string, string>;

/** Of jobs that name a task that nobody has set up. */
export function unknownTasks(submission: Submission, tasks: DatasetTasks): Issue[] {
  const specs = 'jobs' in submission ? submission.jobs : [submission];
  return specs.flatMap(({ dataset }, index) => {
    const task = dataset?.task;
    if (task === undefined || tasks.has(task)) return [];
    const at = 'jobs' in submission ? `jobs.${index}.` : '';
    return [{ path: `${at}dataset.task`, message: `${task} is no task that is set up: ${known(tasks)}` }];
  });
}

const known = (tasks: DatasetTasks): string =>
  tasks.size === 0 ? 'there is none (DATASYNC_TASKS)' : `there is ${[...tasks.keys()].join(', ')}`;
