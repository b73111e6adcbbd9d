import { inTransaction, requireLease, type Lease } from '@groundwork/database';
import { sql, type Kysely, type Transaction } from 'kysely';
import { isWorthTelling } from '../../domain/jobs/transfer-progress.ts';
import type { TransferSighting } from '../../ports/dataset-transfer.ts';
import type { OpenTransfer, TransferLedger } from '../../ports/transfer-ledger.ts';
import { record } from './events.ts';
import { makeReady } from './settle.ts';
import { endAttempt } from './transfer-endings.ts';

export interface TransferLedgerOptions {
  db: Kysely<unknown>;
  lease: Lease;
  /** After the first failure; doubled with each. */
  retryMs: number;
}

export function createTransferLedger({ db, lease, retryMs }: TransferLedgerOptions): TransferLedger {
  /** With the job locked, as everybody does who changes what elements wait for; and only where it is as we saw it. */
  const where = <T>(
    of: OpenTransfer,
    work: (tx: Transaction<unknown>, project: string) => Promise<T>,
  ): Promise<T | undefined> =>
    inTransaction(db, async (tx) => {
      await requireLease(tx, lease);
      const { rows } = await sql<{ project: string }>`
        SELECT project FROM jobs WHERE id = ${of.job}::uuid FOR UPDATE`.execute(tx);
      const { rows: same } = await sql`
        SELECT 1 FROM transfers WHERE job = ${of.job}::uuid AND state = ${of.state} AND attempts = ${of.attempts}
        FOR UPDATE`.execute(tx);
      const [job] = rows;
      return job === undefined || same.length === 0 ? undefined : work(tx, job.project);
    });

  return {
    open: () => readOpen(db),

    ask: async (of) =>
      (await where(of, async (tx) => {
        // The same number again where it is not known what became of it.
        const attempt = of.state === 'starting' ? of.attempts : of.attempts + 1;
        const { rows } = await sql`
          UPDATE transfers t SET state = 'starting', attempts = ${attempt}, asked_at = clock_timestamp(), reason = NULL,
            execution_arn = NULL, status = NULL, not_before = NULL
          FROM jobs j WHERE t.job = ${of.job}::uuid AND j.id = t.job AND j.ended_at IS NULL AND j.cancelled_by IS NULL
          RETURNING 1`.execute(tx);
        return rows.length > 0;
      })) ?? false,

    notBegun: async (of, reason) => {
      await where(of, (tx) =>
        sql`UPDATE transfers SET state = 'waiting', attempts = attempts - 1, reason = ${reason}
          WHERE job = ${of.job}::uuid`.execute(tx),
      );
    },

    begun: async (of, execution) => {
      await where(of, async (tx, project) => {
        await sql`
          UPDATE transfers SET state = 'running', execution_arn = ${execution}, reason = NULL,
            started_at = clock_timestamp(), told_at = clock_timestamp(), told_bytes = 0,
            files_done = NULL, files_total = NULL, bytes_done = NULL, bytes_total = NULL
          WHERE job = ${of.job}::uuid`.execute(tx);
        const detail = { task: of.task, attempt: of.attempts, execution };
        await record(tx, [{ job: of.job, project, what: 'dataset.started', detail }]);
      });
    },

    saw: async (of, sighting) => {
      await where(of, async (tx, project) => {
        const toldOf = await writeSighting(tx, of.job, sighting);
        if (!toldOf) return;
        await sql`
          UPDATE transfers SET told_at = clock_timestamp(), told_bytes = bytes_done WHERE job = ${of.job}::uuid`.execute(
          tx,
        );
        await record(tx, [{ job: of.job, project, what: 'dataset.progress', detail: amounts(sighting) }]);
      });
    },

    brought: async (of, sighting) => {
      await where(of, async (tx, project) => {
        await writeSighting(tx, of.job, sighting);
        await sql`
          UPDATE transfers SET state = 'brought', ended_at = clock_timestamp(), reason = NULL
          WHERE job = ${of.job}::uuid`.execute(tx);
        const detail = { task: of.task, attempt: of.attempts, ...amounts(sighting) };
        await record(tx, [{ job: of.job, project, what: 'dataset.brought', detail }]);
        await makeReady(tx, [of.job]);
      });
    },

    failed: async (of, reason) => {
      await where(of, (tx, project) => endAttempt(tx, of, { project, reason, retryMs }));
    },

    cancelled: async (of) => {
      await where(of, async (tx, project) => {
        await sql`
          UPDATE transfers SET state = 'cancelled', ended_at = clock_timestamp(), reason = 'its job has ended'
          WHERE job = ${of.job}::uuid`.execute(tx);
        if (of.execution === undefined) return;
        const detail = { task: of.task, attempt: of.attempts };
        await record(tx, [{ job: of.job, project, what: 'dataset.cancelled', detail }]);
      });
    },

    say: async (of, reason) => {
      await where(of, (tx) =>
        sql`UPDATE transfers SET reason = ${reason}
          WHERE job = ${of.job}::uuid AND reason IS DISTINCT FROM ${reason}`.execute(tx),
      );
    },
  };
}

/** Whether its progress is to be told. */
async function writeSighting(
  tx: Transaction<unknown>,
  job: string,
  { status, filesDone, filesTotal, bytesDone, bytesTotal }: TransferSighting,
): Promise<boolean> {
  const { rows } = await sql<{
    bytesDone: number | null;
    bytesTotal: number | null;
    bytes: number;
    secondsAgo: number;
  }>`
    UPDATE transfers SET status = ${status}, files_done = ${filesDone ?? null}, files_total = ${filesTotal ?? null},
      bytes_done = ${bytesDone ?? null}, bytes_total = ${bytesTotal ?? null}, reason = NULL
    WHERE job = ${job}::uuid
    RETURNING bytes_done AS "bytesDone", bytes_total AS "bytesTotal", coalesce(told_bytes, 0) AS bytes,
      extract(epoch FROM clock_timestamp() - told_at)::double precision AS "secondsAgo"`.execute(tx);
  const [row] = rows;
  return row !== undefined && isWorthTelling(row, row);
}

const amounts = ({ filesDone, filesTotal, bytesDone, bytesTotal }: TransferSighting) => ({
  filesDone,
  filesTotal,
  bytesDone,
  bytesTotal,
});

async function readOpen(db: Kysely<unknown>): Promise<OpenTransfer[]> {
  const { rows } = await sql<Omit<OpenTransfer, 'execution'> & { execution: string | null }>`
    SELECT t.job, t.task, t.task_arn AS "taskArn", t.state, t.attempts, t.failures, t.execution_arn AS execution,
      j.spec->'retries' AS retries, j.ended_at IS NULL AND j.cancelled_by IS NULL AS "isWanted",
      coalesce(t.not_before <= clock_timestamp(), true) AND NOT j.held AND NOT EXISTS (
        SELECT 1 FROM elements e WHERE e.job = t.job AND e.state = 'pending' AND e.waits_for > 0) AS "isDue",
      coalesce(extract(epoch FROM clock_timestamp() - t.asked_at) * 1000, 'infinity')::double precision AS "askedMsAgo"
    FROM transfers t JOIN jobs j ON j.id = t.job
    WHERE t.state IN ('waiting', 'starting', 'running') ORDER BY j.created_at, t.job`.execute(db);
  return rows.map(({ execution, ...rest }) => ({ ...rest, execution: execution ?? undefined }));
}
