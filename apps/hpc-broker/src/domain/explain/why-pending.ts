import { duration } from '../planner/span.ts';
import type { Awaited, ElementGroup, JobFacts } from './facts.ts';
import { finding, instant, secondsBetween, type Because, type Finding } from './finding.ts';
import { budgets } from './why-ended.ts';
import { whyWithoutData } from './why-without-data.ts';

/** What keeps elements from being ready: all of it, as each has to go. */
export function whyPending(facts: JobFacts, group: ElementGroup): Finding {
  return finding(group, [
    ...ofHold(facts, group),
    ...(group.waits ? facts.awaited.map((one) => ofDependency(facts, one)) : []),
    ...whyWithoutData(facts, group),
    ...ofThrottle(facts, group),
    ...ofTime(facts, group),
  ]);
}

function ofHold({ job }: JobFacts, { held }: ElementGroup): Because[] {
  if (!held) return [];
  const by = job.held === undefined ? '' : ` by ${job.held.by} since ${instant(job.held.at)}`;
  return [{ because: `held back${by}`, next: `somebody releases it: POST /v1/jobs/${job.id}/release` }];
}

const MUST = { afterok: 'succeed', afternotok: 'fail', afterany: 'end, however it ends' };

function ofDependency({ job }: JobFacts, { id, name, state, condition, each, count }: Awaited): Because {
  const which = each ? `the element of the same index of job ${name}` : `job ${name}`;
  const many = job.size > 1 ? ` (${count} of them)` : '';
  return {
    because: `waiting for ${which} (${id}), which is ${state}${many}: it has to ${MUST[condition]} (${condition})`,
    next: `${name} ends`,
  };
}

function ofThrottle({ job }: JobFacts, { throttled }: ElementGroup): Because[] {
  if (!throttled) return [];
  const most = job.spec.array?.atOnce ?? job.size;
  return [
    {
      because: `only ${most} of the ${job.size} elements may be under way at the same time (array.atOnce), and these are not among them yet`,
      next: 'an element before them ends',
    },
  ];
}

/** After a failure, or where a gang had waited for its nodes in vain. */
function ofTime({ now, job }: JobFacts, group: ElementGroup): Because[] {
  if (group.notBefore === undefined) return [];
  const left = secondsBetween(now, group.notBefore);
  const when = left <= 0 ? 'any moment now' : `in ${duration(left)}, at ${instant(group.notBefore)}`;
  const earliest = group.count > 1 ? 'the first of them is' : 'it is';
  const failed = Object.values(group.failures).some((count) => count > 0);
  return [
    {
      because: `${group.reason ?? 'set back'}: ${earliest} ready again ${when}${failed ? `; ${budgets(job.spec.retries, group.failures)}` : ''}`,
      next: left <= 0 ? 'the next turn of a dispatcher' : `${duration(left)} have passed`,
    },
  ];
}
