import { duration, num, plural } from '../planner/span.ts';
import type { ElementGroup, JobFacts, Standing } from './facts.ts';
import type { Because } from './finding.ts';

/** Projects that are named; of the others it is said how many there are. */
const NAMED = 3;

/** Who goes first in its pool: by quota, by the shares of projects, and within its own project. */
export function whyOthersFirst(facts: JobFacts, group: ElementGroup): Because[] {
  const own = facts.standings.find(({ project }) => project === facts.job.project);
  if (own === undefined) return [];
  return [...ofQuota(facts, own), ...ofShares(facts, own), ...ofOwnQueue(facts, group)];
}

function ofQuota({ job }: JobFacts, { project, runningCores, maxCores }: Standing): Because[] {
  const { cores } = job.needs;
  if (maxCores === undefined || runningCores + cores <= maxCores) return [];
  return [
    {
      because: `project ${project} may have ${plural(maxCores, 'core')} under way at the same time (maxCores), ${runningCores} are, and this needs ${cores} more`,
      next:
        cores > maxCores
          ? `the project is allowed ${plural(cores, 'core')}: it never starts otherwise`
          : `something of project ${project} ends`,
    },
  ];
}

const standing = ({ usage, share }: Standing): number => usage / share;

function ofShares({ standings }: JobFacts, own: Standing): Because[] {
  const before = standings
    .filter((other) => other !== own && other.ready > 0 && standing(other) < standing(own))
    .toSorted((a, b) => standing(a) - standing(b));
  if (before.length === 0) return [];
  const named = before.slice(0, NAMED).map(said);
  const more = before.length > NAMED ? ` and ${plural(before.length - NAMED, 'other')}` : '';
  return [
    {
      because: `its project has used more than its share while others wait: ${said(own)}; before it ${before.length === 1 ? 'comes' : 'come'} ${named.join(', ')}${more}`,
      next: 'those projects have had as much, or have nothing waiting any more',
    },
  ];
}

function said({ project, usage, share }: Standing): string {
  return `${project} at ${num(usage / share)} (${duration(usage)} of core time lately / share ${num(share)})`;
}

function ofOwnQueue({ ahead, job }: JobFacts, { count }: ElementGroup): Because[] {
  if (ahead === 0) return [];
  const them = count === 1 ? 'it' : 'them';
  return [
    {
      because: `${plural(ahead, 'element')} of project ${job.project} ${ahead === 1 ? 'goes' : 'go'} before ${them}, by a higher priority than ${job.spec.priority} or an earlier submission`,
      next: 'those start',
    },
  ];
}
