import type { Retries } from '@groundwork/contracts';
import { verdictOf } from '../jobs/cause.ts';
import { duration, plural } from '../planner/span.ts';
import type { ElementGroup, FailedAttempt, JobFacts } from './facts.ts';
import { finding, instant, type Because, type Finding } from './finding.ts';

/** Attempts that are told of, of those that ended as the elements did. */
const TOLD = 3;

export function whyEnded(facts: JobFacts, group: ElementGroup): Finding {
  const { state, reason, failures } = group;
  if (state === 'succeeded') return finding(group, [{ because: 'succeeded' }]);
  if (state === 'cancelled') return finding(group, [{ because: reason ?? 'cancelled' }]);
  // An element says after a semicolon why there was no further attempt.
  const attempts = facts.failed.filter(
    (one) => reason === one.reason || reason?.startsWith(`${one.reason};`),
  );
  const isFatal = attempts.some(({ cause }) => cause === 'fatal');
  return finding(group, [
    {
      because: `${state}: ${reason ?? 'nobody has said why'}`,
      next: `somebody requeues it: POST /v1/jobs/${facts.job.id}/requeue`,
    },
    ...attempts.slice(0, TOLD).map((one) => ofAttempt(facts, one)),
    ...(isFatal ? [] : [{ because: budgets(facts.job.spec.retries, failures) }]),
  ]);
}

function ofAttempt({ job }: JobFacts, one: FailedAttempt): Because {
  const { element, number, engine, host, cause, reason, seconds, endedAt, count } = one;
  const which = job.size === 1 ? `attempt ${number}` : `attempt ${number} of element ${element}`;
  const alike = count > 1 ? `, and ${count - 1} alike,` : '';
  const at = host === undefined ? engine : `${engine} on ${host}`;
  const ran = seconds === undefined ? 'without having started' : `after ${duration(seconds)}`;
  return {
    because: `${which}${alike} ended at ${instant(endedAt)} at ${at} ${ran}: ${reason}, counted as ${cause}${ruleOf(job.spec.exitCodes, one)}`,
  };
}

/** Which rule of the job has judged an exit code: the first that makes a difference to what is said of it. */
function ruleOf(rules: JobFacts['job']['spec']['exitCodes'], { exitCode, cause }: FailedAttempt): string {
  if (exitCode === undefined) return '';
  const ending = { by: 'exit', code: exitCode } as const;
  const plain = verdictOf(ending, []).reason;
  const index = rules.findIndex((rule) => verdictOf(ending, [rule]).reason !== plain);
  const rule = rules[index];
  if (rule === undefined) {
    return rules.length === 0 ? '' : `, as no rule of exitCodes names ${exitCode}`;
  }
  return `, by exitCodes[${index}] (${rule.codes.join(', ')}: ${cause})`;
}

/** How much of its retries an element has used. */
export function budgets(retries: Retries, failures: ElementGroup['failures']): string {
  const said = (['user', 'infrastructure', 'preemption'] as const).map(
    (kind) => `${plural(failures[kind], 'failure')} of retries.${kind} ${retries[kind]}`,
  );
  return `it has had ${said.join(', ')}`;
}
