import type { Job, RetryRule } from '../jobs/job.ts';
import type { Exit } from './world.ts';

/**
 * Whether a failed attempt is followed by another. The first rule all of whose conditions hold decides; when none
 * does, it is. https://docs.aws.amazon.com/batch/latest/userguide/job_retries.html
 */
export function isRetried(job: Job, exit: Exit & { statusReason: string }): boolean {
  const strategy = job.spec.retryStrategy;
  if (strategy === undefined || job.attempts.length >= strategy.attempts) return false;
  const rule = strategy.evaluateOnExit.find((one) => holds(one, exit));
  return rule === undefined || rule.action === 'RETRY';
}

function holds(rule: RetryRule, { exitCode, reason, statusReason }: Exit): boolean {
  return (
    matches(rule.onExitCode, exitCode === undefined ? '' : String(exitCode)) &&
    matches(rule.onReason, reason ?? '') &&
    matches(rule.onStatusReason, statusReason ?? '')
  );
}

/** An asterisk at the end stands for any rest, and is no other character anywhere else. */
export function matches(pattern: string | undefined, value: string): boolean {
  if (pattern === undefined) return true;
  return pattern.endsWith('*') ? value.startsWith(pattern.slice(0, -1)) : value === pattern;
}
