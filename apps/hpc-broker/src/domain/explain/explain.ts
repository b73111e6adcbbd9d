import { FINAL_STATES, type JobExplanation } from '@groundwork/contracts';
import { num, usd } from '../planner/span.ts';
import type { ElementGroup, JobFacts } from './facts.ts';
import type { Finding } from './finding.ts';
import { whereItIs } from './where-it-is.ts';
import { whyEnded } from './why-ended.ts';
import { whyHere } from './why-here.ts';
import { whyPending } from './why-pending.ts';
import { whyReady } from './why-ready.ts';

/** What is still to happen comes first. */
const ORDER = ['running', 'submitted', 'ready', 'pending', 'failed', 'lost', 'cancelled', 'succeeded'];

/** Why a job is where it is, what has to happen for it to go on, and why it was planned there. */
export function explain(facts: JobFacts): JobExplanation {
  const { job } = facts;
  const findings = [
    ...facts.underWay.map((run) => whereItIs(facts, run)),
    ...facts.groups.flatMap((group) => ofGroup(facts, group)),
  ].toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
  const open = findings.find(({ next }) => next !== null);
  return {
    job: job.id,
    state: job.state,
    summary: `${summary(facts, findings)}${cost(facts)}.`,
    because: findings.flatMap((one) => one.because.map((because) => sentence(facts, one, because))),
    next: open?.next ?? null,
    elements: findings,
    place: whyHere(facts),
  };
}

/** What is under way is told by its attempts. */
function ofGroup(facts: JobFacts, group: ElementGroup): Finding[] {
  switch (group.state) {
    case 'submitted':
    case 'running':
      return [];
    case 'pending':
      return [whyPending(facts, group)];
    case 'ready':
      return [whyReady(facts, group)];
    case 'succeeded':
    case 'failed':
    case 'cancelled':
    case 'lost':
      return [whyEnded(facts, group)];
  }
}

function sentence({ job }: JobFacts, { count, example }: Finding, because: string): string {
  if (job.size === 1) return `${because.charAt(0).toUpperCase()}${because.slice(1)}.`;
  return count === 1
    ? `Element ${example}: ${because}.`
    : `${num(count)} of ${num(job.size)} elements, such as ${example}: ${because}.`;
}

function summary({ job }: JobFacts, findings: readonly Finding[]): string {
  const first = findings[0]?.because[0];
  if (job.size === 1) {
    if (first === undefined) return job.state;
    return first.startsWith(job.state) ? first : `${job.state}: ${first}`;
  }
  const counts = new Map<string, number>();
  for (const { state, count } of findings) counts.set(state, (counts.get(state) ?? 0) + count);
  return `${job.state}: ${[...counts].map(([state, count]) => `${num(count)} ${state}`).join(', ')} of ${num(job.size)} elements`;
}

/** Said once, of what can cost nothing more. */
function cost({ job }: JobFacts): string {
  return FINAL_STATES.includes(job.state) && job.spentUsd > 0 ? `; it has cost ${usd(job.spentUsd)}` : '';
}
