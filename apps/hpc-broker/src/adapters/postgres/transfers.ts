import type { DatasetTransfer, JobSpec } from '@groundwork/contracts';
import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely';
import type { Submitted } from '../../ports/ledger.ts';

/** Written with the job itself, before anything of it could be made ready. */
export async function insertTransfers(tx: Transaction<unknown>, jobs: readonly Submitted[]): Promise<void> {
  const rows = jobs.flatMap(({ id, spec, taskArn }) =>
    awaitsData(spec) ? [{ job: id, task: spec.dataset?.task, task_arn: taskArn }] : [],
  );
  if (rows.length === 0) return;
  await sql`
    INSERT INTO transfers (job, task, task_arn)
    SELECT job, task, task_arn FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS t(job uuid, task text, task_arn text)`.execute(tx);
}

export const awaitsData = ({ dataset }: JobSpec): boolean => dataset?.task !== undefined;

/** Of these jobs, those whose data is not there: found by their keys, whatever has been brought for others. */
export const withoutData = (jobs: readonly string[]): RawBuilder<unknown> =>
  sql`(SELECT t.job FROM transfers t WHERE t.job = ANY(${jobs}::uuid[]) AND t.state <> 'brought')`;

/** Of a job that is asked for again: what was brought is there, and what was not is to be. */
export async function bringAgain(tx: Transaction<unknown>, job: string): Promise<void> {
  await sql`
    UPDATE transfers SET state = 'waiting', failures = 0, reason = NULL, not_before = NULL, ended_at = NULL
    WHERE job = ${job}::uuid AND state IN ('failed', 'cancelled')`.execute(tx);
}

/** Null: its job names no task. */
export async function readTransfer(db: Kysely<unknown>, job: string): Promise<DatasetTransfer | null> {
  const { rows } = await sql<
    Omit<DatasetTransfer, 'startedAt' | 'endedAt'> & { startedAt: Date | null; endedAt: Date | null }
  >`
    SELECT task, state, execution_arn AS execution, attempts, files_done AS "filesDone", files_total AS "filesTotal",
      bytes_done AS "bytesDone", bytes_total AS "bytesTotal", reason, started_at AS "startedAt", ended_at AS "endedAt"
    FROM transfers WHERE job = ${job}::uuid`.execute(db);
  const [row] = rows;
  if (row === undefined) return null;
  const { startedAt, endedAt, ...rest } = row;
  return {
    ...rest,
    startedAt: startedAt?.toISOString() ?? null,
    endedAt: endedAt?.toISOString() ?? null,
  };
}
