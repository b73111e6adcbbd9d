import type { Cause, JobState, Retries, ExitRule } from '@groundwork/contracts';
import { sql, type Transaction } from 'kysely';
import { afterAttempt, type Next } from '../../domain/jobs/after-attempt.ts';
import { verdictOf, type Verdict } from '../../domain/jobs/cause.ts';
import { mayStart } from '../../domain/planner/may-start.ts';
import type { EndedAttempt, Seen } from '../../ports/ledger.ts';
import { record, type NewEvent } from './events.ts';
import { endWhatIsOver, makeReady, settleDependants } from './settle.ts';

interface Open {
  job: string;
  element: number;
  number: number;
  project: string;
  cores: number;
  placedAt: Date;
  startedAt: Date | null;
  user: number;
  infrastructure: number;
  preemption: number;
  retries: Retries;
  exitCodes: ExitRule[];
  maxCostUsd: number | null;
  spentUsd: number;
  isCancelled: boolean;
  /** Only so many elements of its array may run at once. */
  isThrottled: boolean;
  usdPerSecond: number;
  attemptWorstUsd: number;
}

interface Ended extends EndedAttempt {
  project: string;
  verdict: Verdict;
  outcome: Next;
  host: string | null;
  startedAt: Date | null;
  endedAt: Date;
  cores: number;
  costUsd: number;
  isThrottled: boolean;
}

/**
 * Writes down what was seen of attempts of one engine, and what follows from it: the next attempt, the end
 * of the element, of its job, and what waited for that. What is said of an attempt that has ended already,
 * or that is not this engine's, is too late and changes nothing.
 */
export async function writeResults(
  tx: Transaction<unknown>,
  engine: string,
  seen: readonly Seen[],
  random: () => number,
): Promise<EndedAttempt[]> {
  if (seen.length === 0) return [];
  const open = await lockOpen(tx, engine, seen);
  const byName = new Map(open.map((one) => [keyOf(one), one]));
  const known = seen.flatMap((one) => {
    const attempt = byName.get(keyOf(one));
    return attempt === undefined ? [] : [{ ...one, attempt }];
  });
  await writeProgress(tx, known);
  const ended = known.flatMap(({ sighting, attempt }) =>
    sighting.state === 'ended' ? [endOf(attempt, sighting, random())] : [],
  );
  // Before what follows from it is told.
  await record(tx, [...known.flatMap(startedEvent), ...ended.map(endedEvent)]);
  await writeEnds(tx, ended);
  return ended;
}

const keyOf = ({ job, element, number }: { job: string; element: number; number: number }): string =>
  `${job} ${element} ${number}`;

/** Jobs first and in one order, as everybody does who changes several. */
async function lockOpen(tx: Transaction<unknown>, engine: string, seen: readonly Seen[]): Promise<Open[]> {
  const ids = [...new Set(seen.map(({ job }) => job))];
  await sql`SELECT 1 FROM jobs WHERE id = ANY(${ids}::uuid[]) ORDER BY id FOR UPDATE`.execute(tx);
  const names = JSON.stringify(seen.map(({ job, element, number }) => ({ job, element, number })));
  const { rows } = await sql<Open>`
    SELECT a.job, a.element, a.number, e.project, e.cores, a.placed_at AS "placedAt", a.started_at AS "startedAt",
      e.user_failures AS "user", e.infrastructure_failures AS infrastructure, e.preemptions AS preemption,
      j.spec->'retries' AS retries, j.spec->'exitCodes' AS "exitCodes",
      (j.spec->>'maxCostUsd')::double precision AS "maxCostUsd", j.spent_usd AS "spentUsd",
      j.cancelled_by IS NOT NULL AS "isCancelled", j.spec->'array'->'atOnce' IS NOT NULL AS "isThrottled",
      coalesce((p.plan->'chosen'->>'attemptWorstUsd')::double precision, 0) AS "attemptWorstUsd",
      coalesce((p.plan->'chosen'->>'attemptWorstUsd')::double precision, 0)
        / (j.spec->>'walltimeSeconds')::double precision AS "usdPerSecond"
    FROM (
      SELECT job, element, number FROM jsonb_to_recordset(${names}::jsonb) AS s(job uuid, element integer, number integer)
      ORDER BY job, element) AS s
    -- One by one: as a join, all elements of a job might be read for each of them.
    CROSS JOIN LATERAL (
      SELECT * FROM attempts WHERE job = s.job AND element = s.element AND number = s.number
        AND engine = ${engine} AND state <> 'ended' FOR UPDATE) AS a
    CROSS JOIN LATERAL (
      SELECT * FROM elements WHERE job = s.job AND element = s.element AND attempts = s.number FOR UPDATE) AS e
    JOIN jobs j ON j.id = s.job
    LEFT JOIN plans p ON p.shape = a.plan`.execute(tx);
  return rows;
}

function endOf(
  attempt: Open,
  sighting: Extract<Seen['sighting'], { state: 'ended' }>,
  random: number,
): Ended {
  const { job, element, number, project, cores } = attempt;
  const verdict = verdictOf(sighting.ending, attempt.exitCodes);
  const startedAt = sighting.startedAt ?? attempt.startedAt;
  const seconds =
    startedAt === null ? 0 : Math.max(0, sighting.endedAt.getTime() - startedAt.getTime()) / 1_000;
  const costUsd = seconds * attempt.usdPerSecond;
  const start = mayStart(
    attempt.spentUsd + costUsd,
    attempt.attemptWorstUsd,
    attempt.maxCostUsd ?? undefined,
  );
  const outcome = afterAttempt(verdict, {
    failures: { user: attempt.user, infrastructure: attempt.infrastructure, preemption: attempt.preemption },
    retries: attempt.retries,
    isCancelled: attempt.isCancelled,
    tooDear: start.may ? undefined : start.reason,
    random,
  });
  const next: JobState = outcome.again ? 'pending' : outcome.state;
  const host = sighting.host ?? null;
  const { cause } = verdict;
  return {
    job,
    element,
    number,
    project,
    cores,
    verdict,
    outcome,
    next,
    cause,
    seconds,
    costUsd,
    host,
    startedAt,
    endedAt: sighting.endedAt,
    isThrottled: attempt.isThrottled,
  };
}

async function writeProgress(
  tx: Transaction<unknown>,
  known: readonly (Seen & { attempt: Open })[],
): Promise<void> {
  const rows = known.flatMap(({ job, element, number, sighting }) => {
    if (sighting.state === 'ended') return [];
    const running = sighting.state === 'running' ? sighting : undefined;
    const waiting = sighting.state === 'submitted' ? sighting : undefined;
    return [
      {
        job,
        element,
        number,
        state: sighting.state,
        started_at: running?.startedAt,
        host: running?.host,
        reason: waiting?.reason,
        is_short: waiting?.isShort ?? false,
      },
    ];
  });
  if (rows.length === 0) return;
  await sql`
    WITH seen AS (SELECT * FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS s(job uuid, element integer, number integer, state text, started_at timestamptz, host text, reason text, is_short boolean)),
    attempt AS (
      UPDATE attempts a SET state = s.state, reason = s.reason,
        short_since = CASE WHEN s.is_short THEN coalesce(a.short_since, now()) END, started_at = coalesce(s.started_at, a.started_at), host = coalesce(s.host, a.host)
      FROM seen s WHERE a.job = s.job AND a.element = s.element AND a.number = s.number),
    element AS (
      UPDATE elements e SET state = s.state FROM seen s WHERE e.job = s.job AND e.element = s.element)
    UPDATE jobs SET state = 'running'
    WHERE id IN (SELECT job FROM seen WHERE state = 'running') AND state IN ('pending', 'ready', 'submitted')`.execute(
    tx,
  );
}

async function writeEnds(tx: Transaction<unknown>, ended: readonly Ended[]): Promise<void> {
  if (ended.length === 0) return;
  const rows = ended.map(({ verdict, outcome, ...one }) => ({
    ...one,
    ...outcome.failures,
    exitCode: verdict.exitCode ?? null,
    reason: verdict.reason,
    elementReason: outcome.reason,
    delayMs: outcome.again ? outcome.delayMs : null,
  }));
  await sql`
    WITH seen AS (SELECT * FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS s(job uuid, element integer, number integer, cause text, "exitCode" integer, reason text, next text,
        host text, "startedAt" timestamptz, "endedAt" timestamptz, "costUsd" double precision,
        "user" integer, infrastructure integer, preemption integer, "delayMs" double precision, "elementReason" text)),
    attempt AS (
      UPDATE attempts a SET state = 'ended', cause = s.cause, exit_code = s."exitCode", reason = s.reason,
        started_at = coalesce(s."startedAt", a.started_at), ended_at = s."endedAt",
        host = coalesce(s.host, a.host), cost_usd = s."costUsd"
      FROM seen s WHERE a.job = s.job AND a.element = s.element AND a.number = s.number)
    UPDATE elements e SET state = s.next, reason = s."elementReason",
      user_failures = s."user", infrastructure_failures = s.infrastructure, preemptions = s.preemption,
      not_before = CASE WHEN s.next = 'pending' THEN now() + make_interval(secs => s."delayMs" / 1000) END
    FROM seen s WHERE e.job = s.job AND e.element = s.element`.execute(tx);
  await account(tx, ended);
  await letNextRun(tx, ended);
  const jobs = [...new Set(ended.map(({ job }) => job))];
  await endWhatIsOver(tx, jobs);
  await settleDependants(tx, jobs);
}

/** What they have used, to their jobs and to their projects, of which half is forgotten each day. */
async function account(tx: Transaction<unknown>, ended: readonly Ended[]): Promise<void> {
  const perJob = sums(
    ended,
    ({ job }) => job,
    ({ costUsd }) => costUsd,
  );
  await sql`
    UPDATE jobs SET spent_usd = spent_usd + s.sum
    FROM jsonb_to_recordset(${JSON.stringify(perJob)}::jsonb) AS s(name uuid, sum double precision)
    WHERE id = s.name AND s.sum > 0`.execute(tx);
  const perProject = sums(
    ended,
    ({ project }) => project,
    ({ cores, seconds }) => cores * seconds,
  );
  await sql`
    INSERT INTO usage (project, core_seconds)
    SELECT name, sum FROM jsonb_to_recordset(${JSON.stringify(perProject)}::jsonb) AS s(name text, sum double precision)
    ORDER BY name
    ON CONFLICT (project) DO UPDATE SET
      core_seconds = usage.core_seconds * power(0.5, extract(epoch FROM now() - usage.at) / 86400) + excluded.core_seconds,
      at = now()`.execute(tx);
}

function sums(
  ended: readonly Ended[],
  nameOf: (one: Ended) => string,
  amountOf: (one: Ended) => number,
): { name: string; sum: number }[] {
  const all = new Map<string, number>();
  for (const one of ended) all.set(nameOf(one), (all.get(nameOf(one)) ?? 0) + amountOf(one));
  return [...all].map(([name, sum]) => ({ name, sum }));
}

/** Of an array of which only so many may run at once, one more for each that is over. */
async function letNextRun(tx: Transaction<unknown>, ended: readonly Ended[]): Promise<void> {
  const over = sums(
    ended.filter(({ next, isThrottled }) => isThrottled && next !== 'pending'),
    ({ job }) => job,
    () => 1,
  );
  if (over.length === 0) return;
  const { rows } = await sql<{ job: string }>`
    UPDATE elements e SET throttled = false
    FROM jsonb_to_recordset(${JSON.stringify(over)}::jsonb) AS s(name uuid, sum integer),
      LATERAL (
        SELECT job, element FROM elements t WHERE t.job = s.name AND t.throttled AND t.state = 'pending'
        ORDER BY element LIMIT s.sum) AS next
    WHERE e.job = next.job AND e.element = next.element RETURNING e.job`.execute(tx);
  await makeReady(tx, [...new Set(rows.map(({ job }) => job))]);
}

function startedEvent({ sighting, attempt }: Seen & { attempt: Open }): NewEvent[] {
  if (sighting.state !== 'running' || attempt.startedAt !== null) return [];
  const { job, project, element, number } = attempt;
  return [{ job, project, what: 'attempt.running', element, detail: { number, host: sighting.host } }];
}

function endedEvent({ job, project, element, number, cause, outcome }: Ended): NewEvent {
  return {
    job,
    project,
    what: 'attempt.ended',
    element,
    detail: { number, cause: cause satisfies Cause, reason: outcome.reason },
  };
}
