import { sql, type Transaction } from 'kysely';
import { record } from './events.ts';
import { endWhatIsOver, makeReady, settle, settleDependants } from './settle.ts';
import { bringAgain } from './transfers.ts';

/** What has become of a job that somebody asks something of. */
export interface Steered {
  state: string;
  held: boolean;
  ended: boolean;
  isCancelled: boolean;
  /** False: it was so already, or it has ended. */
  changed: boolean;
}

/** What has not begun ends now; what runs is ended by its engine, which is told of it. Undefined, here and below: there is no such job. */
export async function cancel(
  tx: Transaction<unknown>,
  job: string,
  by: string,
): Promise<Steered | undefined> {
  const found = await lock(tx, job);
  if (found === undefined || found.ended || found.isCancelled) return found && { ...found, changed: false };
  await sql`UPDATE jobs SET cancelled_by = ${by} WHERE id = ${job}::uuid`.execute(tx);
  await sql`
    UPDATE elements SET state = 'cancelled', reason = ${`cancelled by ${by}`}
    WHERE job = ${job}::uuid AND state IN ('pending', 'ready')`.execute(tx);
  await record(tx, [{ job, project: found.project, what: 'job.cancelling', detail: { by } }]);
  await endWhatIsOver(tx, [job]);
  await settleDependants(tx, [job]);
  return { ...(await lock(tx, job))!, changed: true };
}

/** What has not begun does not begin until it is released; what runs goes on. */
export async function hold(tx: Transaction<unknown>, job: string, by: string): Promise<Steered | undefined> {
  const found = await lock(tx, job);
  if (found === undefined || found.ended || found.held) return found && { ...found, changed: false };
  await sql`UPDATE jobs SET held = true, state = CASE state WHEN 'ready' THEN 'pending' ELSE state END WHERE id = ${job}::uuid`.execute(
    tx,
  );
  await sql`
    UPDATE elements SET held = true, state = CASE state WHEN 'ready' THEN 'pending' ELSE state END
    WHERE job = ${job}::uuid AND state NOT IN ('succeeded', 'failed', 'cancelled', 'lost')`.execute(tx);
  await record(tx, [{ job, project: found.project, what: 'job.held', detail: { by } }]);
  return { ...(await lock(tx, job))!, changed: true };
}

export async function release(
  tx: Transaction<unknown>,
  job: string,
  by: string,
): Promise<Steered | undefined> {
  const found = await lock(tx, job);
  if (found === undefined || !found.held) return found && { ...found, changed: false };
  await sql`UPDATE jobs SET held = false WHERE id = ${job}::uuid`.execute(tx);
  await sql`UPDATE elements SET held = false WHERE job = ${job}::uuid AND held`.execute(tx);
  await record(tx, [{ job, project: found.project, what: 'job.released', detail: { by } }]);
  await makeReady(tx, [job]);
  return { ...(await lock(tx, job))!, changed: true };
}

/** What did not succeed is run again, with budgets as at first; attempts go on being counted. */
export async function requeue(
  tx: Transaction<unknown>,
  job: string,
  by: string,
): Promise<Steered | undefined> {
  const found = await lock(tx, job);
  if (found === undefined || !found.ended) return found && { ...found, changed: false };
  const { numAffectedRows = 0n } = await sql`
    UPDATE elements SET state = 'pending', reason = NULL, not_before = NULL, held = false,
      user_failures = 0, infrastructure_failures = 0, preemptions = 0
    WHERE job = ${job}::uuid AND state IN ('failed', 'cancelled', 'lost')`.execute(tx);
  if (numAffectedRows === 0n) return { ...found, changed: false };
  await sql`
    UPDATE jobs SET state = 'pending', reason = NULL, cancelled_by = NULL, held = false, ended_at = NULL
    WHERE id = ${job}::uuid`.execute(tx);
  await bringAgain(tx, job);
  await record(tx, [{ job, project: found.project, what: 'job.requeued', detail: { by } }]);
  await settleDependants(tx, await settle(tx, [job]));
  return { ...(await lock(tx, job))!, changed: true };
}

/** What failed and has waited long enough. */
export async function wakeDue(tx: Transaction<unknown>, limit: number): Promise<number> {
  const { rows } = await sql<{ job: string }>`
    UPDATE elements e SET not_before = NULL
    FROM (
      SELECT job, element FROM elements
      WHERE state = 'pending' AND not_before IS NOT NULL AND not_before <= now()
      ORDER BY not_before LIMIT ${limit} FOR UPDATE SKIP LOCKED) AS due
    WHERE e.job = due.job AND e.element = due.element RETURNING e.job`.execute(tx);
  await makeReady(tx, [...new Set(rows.map(({ job }) => job))]);
  return rows.length;
}

type Found = Omit<Steered, 'changed'> & { project: string };

async function lock(tx: Transaction<unknown>, job: string): Promise<Found | undefined> {
  const { rows } = await sql<Found>`
    SELECT state, project, held, ended_at IS NOT NULL AS ended, cancelled_by IS NOT NULL AS "isCancelled"
    FROM jobs WHERE id = ${job}::uuid FOR UPDATE`.execute(tx);
  return rows[0];
}
