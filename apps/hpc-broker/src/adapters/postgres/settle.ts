import { sql, type Transaction } from 'kysely';
import { record } from './events.ts';
import { withoutData } from './transfers.ts';

/**
 * Tells those who wait for jobs that something in these has ended: they become ready, or are cancelled when
 * they wait in vain, and then those who wait for them.
 *
 * Nothing is counted down: each time it is looked at what is still awaited, so that it may be done again,
 * late, or by two. Whoever calls it has the rows of the given jobs locked, so that nobody begins to wait
 * for one of them without seeing that it has ended.
 */
export async function settleDependants(tx: Transaction<unknown>, changed: readonly string[]): Promise<void> {
  let wave = changed;
  while (wave.length > 0) {
    const { rows } = await sql<{ job: string }>`
      SELECT DISTINCT job FROM dependencies WHERE "on" = ANY(${wave}::uuid[])`.execute(tx);
    wave = await settle(
      tx,
      rows.map(({ job }) => job),
    );
  }
}

/** Returns the jobs in which something was cancelled. */
export async function settle(tx: Transaction<unknown>, waiting: readonly string[]): Promise<string[]> {
  if (waiting.length === 0) return [];
  // One order for everybody, so that two who settle at once wait for each other only one way.
  await sql`SELECT 1 FROM jobs WHERE id = ANY(${waiting}::uuid[]) ORDER BY id FOR UPDATE`.execute(tx);
  const cancelled = await cancelInVain(tx, waiting);
  await sql`
    UPDATE elements e SET waits_for = a.open
    FROM (
      SELECT job, element, count(*) FILTER (WHERE verdict = 'open')::integer AS open
      FROM awaited WHERE job = ANY(${waiting}::uuid[]) GROUP BY job, element) AS a
    WHERE e.job = a.job AND e.element = a.element AND e.state = 'pending' AND e.waits_for <> a.open`.execute(
    tx,
  );
  await makeReady(tx, waiting);
  return cancelled;
}

/** What nothing keeps waiting any more. */
export async function makeReady(tx: Transaction<unknown>, jobs: readonly string[]): Promise<void> {
  if (jobs.length === 0) return;
  await sql`
    WITH now_ready AS (
      UPDATE elements SET state = 'ready', reason = NULL
      WHERE job = ANY(${jobs}::uuid[]) AND state = 'pending' AND waits_for = 0
        AND NOT throttled AND NOT held AND not_before IS NULL AND job NOT IN ${withoutData(jobs)}
      RETURNING job)
    UPDATE jobs SET state = 'ready' WHERE state = 'pending' AND id IN (SELECT job FROM now_ready)`.execute(
    tx,
  );
}

async function cancelInVain(tx: Transaction<unknown>, waiting: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ job: string }>`
    UPDATE elements e SET state = 'cancelled', reason = vain.reason
    FROM (
      SELECT DISTINCT ON (job, element) job, element,
        'it was to run after ' || name || CASE condition WHEN 'afterok' THEN ' had succeeded' ELSE ' had failed' END
          || ', which ended ' || state AS reason
      FROM awaited WHERE job = ANY(${waiting}::uuid[]) AND verdict = 'vain') AS vain
    WHERE e.job = vain.job AND e.element = vain.element AND e.state IN ('pending', 'ready')
    RETURNING e.job`.execute(tx);
  const jobs = [...new Set(rows.map(({ job }) => job))];
  await endWhatIsOver(tx, jobs);
  return jobs;
}

/**
 * Ends the jobs of which nothing is left: succeeded when all elements have, failed when one has failed, else
 * lost, else cancelled.
 */
export async function endWhatIsOver(tx: Transaction<unknown>, jobs: readonly string[]): Promise<string[]> {
  if (jobs.length === 0) return [];
  const { rows } = await sql<{ id: string; project: string; state: string; reason: string | null }>`
    WITH over AS MATERIALIZED (
      SELECT id FROM jobs WHERE id = ANY(${jobs}::uuid[]) AND ended_at IS NULL AND (
        -- From the last one on, as the first ones end first: of ten thousand not all are looked at each time.
        SELECT element FROM elements WHERE job = id AND state IN ('pending', 'ready', 'submitted', 'running')
        ORDER BY element DESC LIMIT 1) IS NULL),
    counts AS (
      SELECT over.id AS job, of_job.* FROM over CROSS JOIN LATERAL (SELECT
        count(*) FILTER (WHERE state = 'failed') AS failed,
        count(*) FILTER (WHERE state = 'lost') AS lost,
        count(*) FILTER (WHERE state = 'cancelled') AS cancelled,
        min(reason) FILTER (WHERE state IN ('failed', 'lost', 'cancelled')) AS reason
        FROM elements WHERE job = over.id) AS of_job)
    UPDATE jobs j SET
      state = CASE
        WHEN counts.failed > 0 THEN 'failed'
        WHEN counts.lost > 0 THEN 'lost'
        WHEN counts.cancelled > 0 THEN 'cancelled'
        ELSE 'succeeded' END,
      reason = counts.reason,
      ended_at = now()
    FROM counts WHERE j.id = counts.job
    RETURNING j.id, j.project, j.state, j.reason`.execute(tx);
  await record(
    tx,
    rows.map(({ id, project, state, reason }) => ({
      job: id,
      project,
      what: `job.${state}`,
      detail: reason === null ? {} : { reason },
    })),
  );
  return rows.map(({ id }) => id);
}
