import { sql, type Transaction } from 'kysely';
import type { TransferFact } from '../../domain/explain/facts.ts';

/** Undefined: no task brings anything for that job. */
export async function readTransferFact(
  tx: Transaction<unknown>,
  job: string,
): Promise<TransferFact | undefined> {
  const { rows } = await sql<TransferFact>`
    SELECT task, state, status, attempts, files_done AS "filesDone", files_total AS "filesTotal",
      bytes_done AS "bytesDone", bytes_total AS "bytesTotal", reason, started_at AS "startedAt",
      CASE WHEN state = 'waiting' THEN not_before END AS "notBefore"
    FROM transfers WHERE job = ${job}::uuid`.execute(tx);
  return rows[0];
}
