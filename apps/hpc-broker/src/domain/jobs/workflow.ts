import type { Dependency, JobSpec, Submission } from '@groundwork/contracts';
import { circleText, inOrder } from './order.ts';

/** A job of a submission, with its dependencies by id. */
export interface Accepting {
  id: string;
  spec: JobSpec;
  dependsOn: { on: string; condition: Dependency['when']; each: boolean; isOurs: boolean }[];
}

export interface Issue {
  path: string;
  message: string;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * Gives ids to the jobs of a submission, those first that others wait for, and turns the names by which
 * they wait for each other into ids. Issues: names that are there twice or not at all, cycles, arrays of
 * different sizes that wait for each other element by element.
 */
export function resolve(submission: Submission, newId: () => string): { jobs: Accepting[]; issues: Issue[] } {
  const specs = 'jobs' in submission ? submission.jobs : [submission];
  const at = (index: number): string => ('jobs' in submission ? `jobs.${index}.` : '');
  const issues: Issue[] = [];
  const byName = new Map<string, number>();
  specs.forEach(({ name }, index) => {
    if (byName.has(name))
      issues.push({
        path: `${at(index)}name`,
        message: `${name} is there twice: a workflow's jobs need names of their own`,
      });
    else byName.set(name, index);
  });

  const parents = specs.map(({ name, dependsOn, array }, index) =>
    dependsOn.map(({ job, each }, nth) => {
      const path = `${at(index)}dependsOn.${nth}`;
      const parent = 'jobs' in submission ? byName.get(job) : undefined;
      if (parent === undefined) {
        if (!UUID.test(job))
          issues.push({ path: `${path}.job`, message: missing(job, name, 'jobs' in submission) });
      } else if (each && specs[parent]!.array?.size !== array?.size) {
        issues.push({ path: `${path}.each`, message: `${name} and ${job} are not arrays of one size` });
      }
      return parent;
    }),
  );
  const order = inOrder(parents);
  if ('circle' in order) {
    const names = order.circle.map((index) => specs[index]!.name);
    issues.push({ path: 'jobs', message: `${circleText(names)}: none of them could ever start` });
  }
  if (issues.length > 0 || 'circle' in order) return { jobs: [], issues };

  const ids = new Map(order.parentsFirst.map((index) => [index, newId()]));
  const jobs = order.parentsFirst.map((index): Accepting => ({
    id: ids.get(index)!,
    spec: specs[index]!,
    dependsOn: unique(
      specs[index]!.dependsOn.map(({ job, when, each }, nth) => {
        const parent = parents[index]![nth];
        return {
          on: parent === undefined ? job : ids.get(parent)!,
          condition: when,
          each,
          isOurs: parent !== undefined,
        };
      }),
    ),
  }));
  return { jobs, issues };
}

function missing(job: string, name: string, inWorkflow: boolean): string {
  return inWorkflow
    ? `${name} waits for ${job}, which is no job of this workflow and no id`
    : `${job} is not the id of a job`;
}

function unique(list: Accepting['dependsOn']): Accepting['dependsOn'] {
  return [...new Map(list.map((one) => [`${one.on} ${one.condition}`, one])).values()];
}
