import type { BatchEvaluateOnExit, JobSpec } from '@groundwork/contracts';
import { codesOf } from './exit-lines.ts';

const MOST_ATTEMPTS = 10;
const MOST_RULES = 5;

export interface BatchRetries {
  attempts: number;
  evaluateOnExit: BatchEvaluateOnExit[];
  /** What is not said by these. */
  notes: string[];
}

/** Batch counts all attempts together, and repeats what no rule names: so the last one names everything. */
export function batchRetries({ retries, exitCodes }: JobSpec): BatchRetries {
  const { user, infrastructure, preemption } = retries;
  const asked = 1 + user + infrastructure + preemption;
  const attempts = Math.min(asked, MOST_ATTEMPTS);
  const again = (budget: number) => (budget > 0 ? 'RETRY' : 'EXIT');
  const fixed: BatchEvaluateOnExit[] = [
    { onStatusReason: 'Host EC2*', action: again(preemption + infrastructure) },
  ];
  const last: BatchEvaluateOnExit[] = [
    ...(user > 0 ? [{ onExitCode: '*', action: 'RETRY' as const }] : []),
    { onReason: '*', action: 'EXIT' },
  ];
  const budgets = { user, infrastructure, preemption, fatal: 0 };
  const seen = new Set<number>();
  const wanted: BatchEvaluateOnExit[] = [];
  for (const rule of exitCodes) {
    for (const code of codesOf(rule)) {
      if (seen.has(code)) continue;
      seen.add(code);
      // Success, and 0, is what the script around the command makes of it; the rest is what is said anyway.
      if (rule.means === 'success' || code === 0) continue;
      const action = again(budgets[rule.means]);
      if (action !== again(user)) wanted.push({ onExitCode: String(code), action });
    }
  }
  const room = MOST_RULES - fixed.length - last.length;
  const notes =
    wanted.length > room
      ? [
          `exitCodes: Batch takes ${MOST_RULES} rules, and these would be ${wanted.length + fixed.length + last.length}: after ${wanted
            .slice(room)
            .map(({ onExitCode }) => onExitCode)
            .join(
              ', ',
            )} it does as after any other failure (${again(user)}). Let the job exit with fewer codes.`,
        ]
      : [];
  const rules = wanted.slice(0, room);
  // Its reason has no exit code beside it.
  const image: BatchEvaluateOnExit[] =
    infrastructure > 0 && rules.length < room
      ? [{ onReason: 'CannotPullContainerError:*', action: 'RETRY' }]
      : [];
  if (asked > 1) {
    notes.push(
      `retries of ${user} after its own failure, ${infrastructure} after that of infrastructure, ${preemption} after preemption: Batch counts them together, ${attempts} attempts in all${asked > MOST_ATTEMPTS ? `, which is the most it takes` : ''}.`,
    );
  }
  return { attempts, evaluateOnExit: [...fixed, ...rules, ...image, ...last], notes };
}
