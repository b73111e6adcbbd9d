import type { PlannedAndActual } from '@groundwork/contracts';
import { inTransaction, requireLease, type Lease } from '@groundwork/database';
import { sql, type Kysely, type Transaction } from 'kysely';
import { factorOf, NOTHING_OBSERVED, observed, type Calibration } from '../../domain/planner/calibration.ts';
import type { Trail } from '../../ports/trail.ts';
import { reach, reachedBy } from './publications.ts';

/** How far events have become calibration is kept as how far they were published. */
const POSITION = 'calibration';
/** Events looked at in one transaction. */
const FOLDED_AT_ONCE = 5_000;

/**
 * Adds the attempts that have succeeded since the last time, in the order of their ends. The position moves
 * in the same transaction, so that none is counted twice. Returns how many events are left to be looked at.
 *
 * What failed says nothing of how long the work takes, and neither does what went on from a checkpoint.
 */
export async function foldCalibration(db: Kysely<unknown>, lease: Lease, trail: Trail): Promise<number> {
  const settled = await trail.settled();
  return inTransaction(db, async (tx) => {
    await requireLease(tx, lease);
    const after = (await reachedBy(tx, POSITION)) ?? 0;
    if (after >= settled) return 0;
    const upTo = Math.min(settled, after + FOLDED_AT_ONCE);
    const ended = await succeeded(tx, after, upTo);
    const book = await readCalibration(tx, [...new Set(ended.map(({ shape }) => shape))]);
    for (const { shape, modelled, actual } of ended) {
      book.set(shape, observed(book.get(shape) ?? NOTHING_OBSERVED, modelled, actual));
    }
    await keep(tx, book);
    await reach(tx, POSITION, upTo);
    return settled - upTo;
  });
}

interface Succeeded {
  shape: string;
  modelled: number;
  actual: number;
}

/** Plans are large, so each is looked into once, however many attempts were made by it. */
async function succeeded(tx: Transaction<unknown>, after: number, upTo: number): Promise<Succeeded[]> {
  const { rows } = await sql<Succeeded>`
    WITH ended AS MATERIALIZED (
      SELECT e.seq, a.plan, extract(epoch FROM a.ended_at - a.started_at)::double precision AS actual
      FROM events e
      JOIN jobs j ON j.id = e.job
      JOIN attempts a ON a.job = e.job AND a.element = e.element AND a.number = (e.detail->>'number')::integer
      WHERE e.seq > ${after} AND e.seq <= ${upTo} AND e.what = 'attempt.ended' AND e.detail->>'cause' = 'success'
        AND (a.number = 1 OR NOT j.spec ? 'checkpoint')),
    planned AS MATERIALIZED (
      SELECT p.shape AS plan, p.plan->'chosen'->>'shape' AS shape,
        (p.plan->'chosen'->>'modelledSeconds')::double precision AS modelled
      FROM plans p WHERE p.shape IN (SELECT plan FROM ended))
    SELECT shape, modelled, actual FROM ended JOIN planned USING (plan)
    WHERE shape IS NOT NULL AND modelled > 0 AND actual > 0 ORDER BY seq`.execute(tx);
  return rows;
}

/** Of some shapes, or of all. */
export async function readCalibration(
  db: Kysely<unknown>,
  shapes?: readonly string[],
): Promise<Map<string, Calibration>> {
  const { rows } = await sql<Calibration & { shape: string }>`
    SELECT shape, observations, recent FROM calibration
    WHERE ${shapes === undefined ? sql`true` : sql`shape = ANY(${shapes}::text[])`}`.execute(db);
  return new Map(rows.map(({ shape, ...calibration }) => [shape, calibration]));
}

async function keep(tx: Transaction<unknown>, book: ReadonlyMap<string, Calibration>): Promise<void> {
  const rows = [...book].map(([shape, calibration]) => ({ shape, ...calibration }));
  await sql`
    INSERT INTO calibration (shape, observations, recent)
    SELECT shape, observations, recent FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS c(shape text, observations bigint, recent double precision[])
    ON CONFLICT (shape) DO UPDATE SET observations = excluded.observations, recent = excluded.recent`.execute(
    tx,
  );
}

/** What was planned for a job against what it took; undefined: there is no such job. */
export async function readPlannedAndActual(
  db: Kysely<unknown>,
  job: string,
): Promise<PlannedAndActual | undefined> {
  const { rows } = await sql<
    Omit<PlannedAndActual, 'calibration' | 'actualSeconds'> & {
      least: number | null;
      median: number;
      most: number;
    }
  >`
    SELECT j.id AS job, p.plan->'chosen'->>'shape' AS shape,
      (p.plan->'chosen'->>'modelledSeconds')::double precision AS "modelledSeconds",
      (SELECT e.seconds FROM elements e WHERE e.job = j.id ORDER BY e.element LIMIT 1) AS "plannedSeconds",
      t.succeeded, t.least, t.median, t.most,
      (p.plan->'chosen'->'cost'->>'likely')::double precision AS "plannedUsd", j.spent_usd AS "spentUsd"
    FROM jobs j LEFT JOIN plans p ON p.shape = j.plan
    CROSS JOIN LATERAL (
      SELECT count(*)::integer AS succeeded, min(seconds) AS least,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS median, max(seconds) AS most
      FROM (SELECT extract(epoch FROM a.ended_at - a.started_at)::double precision AS seconds
        FROM attempts a WHERE a.job = j.id AND a.cause = 'success' AND a.started_at IS NOT NULL) AS s) AS t
    WHERE j.id = ${job}::uuid`.execute(db);
  const [row] = rows;
  if (row === undefined) return undefined;
  const { least, median, most, ...rest } = row;
  const known = row.shape === null ? undefined : (await readCalibration(db, [row.shape])).get(row.shape);
  return {
    ...rest,
    actualSeconds: least === null ? null : { least, median, most },
    calibration: factorOf(known) ?? null,
  };
}
