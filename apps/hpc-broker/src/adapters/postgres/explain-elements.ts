import { sql, type Transaction } from 'kysely';
import type { Awaited, ElementGroup } from '../../domain/explain/facts.ts';

/** Groups that are told of one by one; what more there is, is counted together. */
const GROUPS = 20;

/** Elements of a job that are alike, the most first. */
export async function readGroups(tx: Transaction<unknown>, id: string): Promise<ElementGroup[]> {
  const { rows } = await sql<
    Omit<ElementGroup, 'notBefore' | 'reason' | 'failures'> &
      ElementGroup['failures'] & { notBefore: Date | null; reason: string | null }
  >`
    WITH alike AS (
      SELECT state, held, waits_for > 0 AS waits, throttled, reason, count(*)::integer AS count,
        min(element) AS example, min(not_before) AS "notBefore", row_number() OVER (ORDER BY count(*) DESC, min(element)) AS nth
      FROM elements WHERE job = ${id}::uuid
      GROUP BY state, held, waits_for > 0, throttled, reason, not_before IS NULL),
    told AS (
      SELECT state, held, waits, throttled, CASE WHEN nth <= ${GROUPS} THEN reason ELSE 'for various other reasons' END AS reason,
        sum(count)::integer AS count, min(example) AS example, min("notBefore") AS "notBefore"
      FROM alike GROUP BY state, held, waits, throttled, CASE WHEN nth <= ${GROUPS} THEN nth ELSE 0 END, 5, "notBefore" IS NULL)
    SELECT told.*, e.user_failures AS "user", e.infrastructure_failures AS infrastructure, e.preemptions AS preemption
    FROM told JOIN elements e ON e.job = ${id}::uuid AND e.element = told.example
    ORDER BY told.count DESC, told.example`.execute(tx);
  return rows.map(({ user, infrastructure, preemption, reason, notBefore, ...rest }) => ({
    ...rest,
    reason: reason ?? undefined,
    notBefore: notBefore ?? undefined,
    failures: { user, infrastructure, preemption },
  }));
}

/** What is still to be waited for. */
export async function readAwaited(tx: Transaction<unknown>, id: string): Promise<Awaited[]> {
  const { rows } = await sql<Awaited>`
    SELECT a."on" AS id, a.name, a.state, a.condition, d.each, count(*)::integer AS count
    FROM awaited a
    JOIN dependencies d ON d.job = a.job AND d."on" = a."on" AND d.condition = a.condition
    JOIN elements e ON e.job = a.job AND e.element = a.element AND e.state = 'pending'
    WHERE a.job = ${id}::uuid AND a.verdict = 'open'
    GROUP BY a."on", a.name, a.state, a.condition, d.each
    ORDER BY count(*) DESC, a.name, a.state LIMIT ${GROUPS}`.execute(tx);
  return rows;
}
