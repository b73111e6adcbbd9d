import { sql, type Transaction } from 'kysely';
import { afterAttempt } from '../../domain/jobs/after-attempt.ts';
import type { OpenTransfer } from '../../ports/transfer-ledger.ts';
import { record } from './events.ts';
import { endWhatIsOver, settleDependants } from './settle.ts';

const LONGEST_DELAY_MS = 3_600_000;

/**
 * An execution has failed: as the infrastructure's failure it is tried again by `retries.infrastructure` of
 * the job, and then the job fails with it, and who waits for the job is told.
 */
export async function endAttempt(
  tx: Transaction<unknown>,
  { job, task, attempts, failures, retries, isWanted }: OpenTransfer,
  { project, reason, retryMs }: { project: string; reason: string; retryMs: number },
): Promise<void> {
  const next = afterAttempt(
    { cause: 'infrastructure', reason, exitCode: undefined },
    {
      failures: { user: 0, infrastructure: failures, preemption: 0 },
      retries,
      isCancelled: !isWanted,
      tooDear: undefined,
      random: 1,
    },
  );
  const { infrastructure: count } = next.failures;
  const detail = { task, attempt: attempts, reason: next.reason, again: next.again };
  await record(tx, [{ job, project, what: 'dataset.failed', detail }]);
  if (next.again) {
    const delayMs = Math.max(next.delayMs, Math.min(retryMs * 2 ** (count - 1), LONGEST_DELAY_MS));
    await sql`
      UPDATE transfers SET state = 'waiting', failures = ${count}, reason = ${next.reason},
        not_before = clock_timestamp() + make_interval(secs => ${delayMs / 1_000})
      WHERE job = ${job}::uuid`.execute(tx);
    return;
  }
  await sql`
    UPDATE transfers SET state = 'failed', failures = ${count}, reason = ${next.reason}, ended_at = clock_timestamp()
    WHERE job = ${job}::uuid`.execute(tx);
  await sql`
    UPDATE elements SET state = 'failed', reason = ${`its data was not brought by ${task}: ${next.reason}`}
    WHERE job = ${job}::uuid AND state IN ('pending', 'ready')`.execute(tx);
  await endWhatIsOver(tx, [job]);
  await settleDependants(tx, [job]);
}
