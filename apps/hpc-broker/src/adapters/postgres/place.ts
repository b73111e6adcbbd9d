import type { JobSpec } from '@groundwork/contracts';
import { sql, type Kysely, type Transaction } from 'kysely';
import type { Candidate } from '../../domain/sharing/choose.ts';
import type { Placed } from '../../ports/ledger.ts';
import { withinCaps } from './caps.ts';
import { record } from './events.ts';

/**
 * The outbox: the next attempt of each is written down for an engine before that hears of it. What is no
 * longer ready there, because somebody has cancelled or held it meanwhile, or it was planned for elsewhere, is left out.
 */
export async function place(
  tx: Transaction<unknown>,
  chosen: readonly Candidate[],
  { engine, pool, epoch }: { engine: string; pool: string; epoch: number },
): Promise<Placed[]> {
  const within = await withinCaps(tx, chosen);
  if (within.length === 0) return [];
  const wanted = JSON.stringify(within.map(({ job, element }) => ({ job, element })));
  const { rows } = await sql<Placed>`
    WITH taken AS (
      UPDATE elements e SET state = 'submitted', attempts = e.attempts + 1, reason = NULL
      FROM (
        -- One by one: as a join, all that is ready might be read for it.
        SELECT c.job, c.element FROM (
          SELECT job, element FROM jsonb_to_recordset(${wanted}::jsonb) AS w(job uuid, element integer)
          ORDER BY job, element) AS w,
        LATERAL (
          SELECT job, element FROM elements
          WHERE job = w.job AND element = w.element AND state = 'ready' AND engine = ${pool} FOR UPDATE SKIP LOCKED) AS c) AS free
      WHERE e.job = free.job AND e.element = free.element
      RETURNING e.job, e.element, e.attempts AS number, e.seconds, e.preemptions),
    written AS (
      INSERT INTO attempts (job, element, number, engine, epoch, plan, planned_seconds, purchase)
      SELECT t.job, t.element, t.number, ${engine}, ${epoch}, j.plan, t.seconds,
        -- Spot that was taken away too often is bought no more, where the job does not insist.
        CASE WHEN p.plan->'chosen'->>'purchase' = 'spot' AND j.spec->>'purchase' = 'any'
          AND t.preemptions >= (j.spec->'retries'->>'spot')::integer THEN 'on-demand'
        ELSE p.plan->'chosen'->>'purchase' END
      FROM taken t JOIN jobs j ON j.id = t.job LEFT JOIN plans p ON p.shape = j.plan
      RETURNING job, element, number, purchase),
    begun AS (
      UPDATE jobs SET state = 'submitted'
      WHERE id IN (SELECT job FROM taken) AND state IN ('pending', 'ready'))
    SELECT w.job, w.element, w.number, w.purchase, j.spec, 'placed' AS state, true AS "isFirst"
    FROM written w JOIN jobs j ON j.id = w.job ORDER BY w.job, w.element`.execute(tx);
  return inOrderOf(chosen, rows);
}

/** A gang for which enough was kept free for too long lets others go first for a while. */
export async function postpone(
  tx: Transaction<unknown>,
  { job, element, project, gangTimeoutMs = 0 }: Candidate,
): Promise<void> {
  const reason = `its nodes were not free together within ${gangTimeoutMs / 1_000} s; others go first for as long`;
  await sql`
    UPDATE elements SET state = 'pending', reason = ${reason}, not_before = now() + make_interval(secs => ${gangTimeoutMs / 1_000})
    WHERE job = ${job}::uuid AND element = ${element} AND state = 'ready'`.execute(tx);
  await record(tx, [{ job, project, what: 'gang.postponed', element, detail: { reason } }]);
}

/** What an engine was to run and has not been seen to end: after a start, or when somebody else has led before. */
export async function openAttempts(db: Kysely<unknown>, engine: string): Promise<Placed[]> {
  const { rows } = await sql<Placed & { spec: JobSpec }>`
    SELECT a.job, a.element, a.number, a.purchase, j.spec, a.state
    FROM attempts a JOIN jobs j ON j.id = a.job
    WHERE a.engine = ${engine} AND a.state <> 'ended'
    ORDER BY a.job, a.element`.execute(db);
  return rows;
}

function inOrderOf(chosen: readonly Candidate[], placed: readonly Placed[]): Placed[] {
  const byId = new Map(placed.map((one) => [`${one.job} ${one.element}`, one]));
  return chosen.flatMap(({ job, element }) => byId.get(`${job} ${element}`) ?? []);
}
