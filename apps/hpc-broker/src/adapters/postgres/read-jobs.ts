import {
  FINAL_STATES,
  type Attempt,
  type Job,
  type JobEvent,
  type JobState,
  type JobSummary,
} from '@groundwork/contracts';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import { attemptName } from '../../domain/jobs/attempt-name.ts';
import { readTransfer } from './transfers.ts';

export interface JobFilter {
  id?: string | undefined;
  project?: string | undefined;
  state?: JobState | undefined;
  name?: string | undefined;
  /** Its id or its name; an id where it could be both. */
  workflow?: string | undefined;
  label?: { name: string; value: string } | undefined;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Of one answer; all attempts and events have pages of their own. */
const LATEST = 100;

type SummaryRow = Omit<JobSummary, 'elements' | 'createdAt' | 'endedAt'> & {
  elements: Partial<Record<JobState, number>> | null;
  createdAt: Date;
  endedAt: Date | null;
};

const SUMMARY = sql`j.id, j.name, j.project, j.submitted_by AS "submittedBy", j.state, j.held, j.reason, j.workflow,
  j.workflow_name AS "workflowName",
  j.created_at AS "createdAt", j.ended_at AS "endedAt", j.spent_usd AS "spentUsd",
  (SELECT jsonb_object_agg(c.state, c.n) FROM (
    SELECT e.state, count(*) AS n FROM elements e WHERE e.job = j.id GROUP BY e.state) AS c) AS elements`;

/** Newest first, which is the order of their ids backwards; after a job, which need not exist any more. */
export async function listJobs(
  db: Kysely<unknown>,
  { id, project, state, name, workflow, label }: JobFilter,
  after: string | undefined,
  limit: number,
): Promise<JobSummary[]> {
  const conditions: RawBuilder<unknown>[] = [sql`true`];
  if (id !== undefined) conditions.push(sql`j.id = ${id}::uuid`);
  if (project !== undefined) conditions.push(sql`j.project = ${project}`);
  if (state !== undefined) conditions.push(sql`j.state = ${state}`);
  if (name !== undefined) conditions.push(sql`j.name = ${name}`);
  if (workflow !== undefined)
    conditions.push(
      UUID.test(workflow) ? sql`j.workflow = ${workflow}::uuid` : sql`j.workflow_name = ${workflow}`,
    );
  if (label !== undefined) conditions.push(sql`j.spec->'labels'->>${label.name} = ${label.value}`);
  if (after !== undefined) conditions.push(sql`j.id < ${after}::uuid`);
  const { rows } = await sql<SummaryRow>`
    SELECT ${SUMMARY} FROM jobs j WHERE ${sql.join(conditions, sql` AND `)}
    ORDER BY j.id DESC LIMIT ${limit}`.execute(db);
  return rows.map(summaryOf);
}

/** Undefined: there is none. */
export async function readJob(db: Kysely<unknown>, id: string): Promise<Job | undefined> {
  const { rows } = await sql<SummaryRow & Pick<Job, 'spec'>>`
    SELECT ${SUMMARY}, j.spec FROM jobs j WHERE j.id = ${id}::uuid`.execute(db);
  const [row] = rows;
  if (row === undefined) return undefined;
  const { spec, ...summary } = row;
  const [transfer, attempts, events] = await Promise.all([
    readTransfer(db, id),
    readAttempts(db, id, undefined, LATEST),
    readEvents(db, id, undefined, LATEST),
  ]);
  return { ...summaryOf(summary), spec, transfer, attempts, events };
}

function summaryOf({ elements, createdAt, endedAt, ...rest }: SummaryRow): JobSummary {
  const none = {
    pending: 0,
    ready: 0,
    submitted: 0,
    running: 0,
    succeeded: 0,
    failed: 0,
    cancelled: 0,
    lost: 0,
  };
  return {
    ...rest,
    elements: { ...none, ...elements },
    createdAt: createdAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
  };
}

type AttemptRow = Omit<Attempt, 'name' | 'placedAt' | 'startedAt' | 'endedAt' | 'actualSeconds'> & {
  job: string;
  placedAt: Date;
  startedAt: Date | null;
  endedAt: Date | null;
};

/** Undefined: there is no such element. */
export async function readElementState(
  db: Kysely<unknown>,
  job: string,
  element: number,
): Promise<{ state: JobState; isOver: boolean } | undefined> {
  const { rows } = await sql<{ state: JobState }>`
    SELECT state FROM elements WHERE job = ${job}::uuid AND element = ${element}`.execute(db);
  return rows.map(({ state }) => ({ state, isOver: FINAL_STATES.includes(state) }))[0];
}

/** The latest first; before one of them, given by element and number. */
export async function readAttempts(
  db: Kysely<unknown>,
  job: string,
  before: { element: number; number: number } | undefined,
  limit: number,
): Promise<Attempt[]> {
  const further =
    before === undefined ? sql`true` : sql`(a.element, a.number) < (${before.element}, ${before.number})`;
  const { rows } = await sql<AttemptRow>`
    SELECT a.job, a.element, a.number, a.engine, a.purchase, a.state, a.placed_at AS "placedAt", a.started_at AS "startedAt",
      a.ended_at AS "endedAt", a.host, a.cause, a.exit_code AS "exitCode", a.reason,
      a.planned_seconds AS "plannedSeconds", a.cost_usd AS "costUsd"
    FROM attempts a WHERE a.job = ${job}::uuid AND ${further}
    ORDER BY a.element DESC, a.number DESC LIMIT ${limit}`.execute(db);
  return rows.map(({ job: of, placedAt, startedAt, endedAt, ...rest }) => ({
    ...rest,
    name: attemptName({ job: of, element: rest.element, number: rest.number }),
    placedAt: placedAt.toISOString(),
    startedAt: startedAt?.toISOString() ?? null,
    endedAt: endedAt?.toISOString() ?? null,
    actualSeconds:
      startedAt === null || endedAt === null ? null : (endedAt.getTime() - startedAt.getTime()) / 1_000,
  }));
}

/** The latest first; before one of them. */
export async function readEvents(
  db: Kysely<unknown>,
  job: string,
  before: number | undefined,
  limit: number,
): Promise<JobEvent[]> {
  const further = before === undefined ? sql`true` : sql`seq < ${before}`;
  const { rows } = await sql<Omit<JobEvent, 'at'> & { at: Date }>`
    SELECT seq, at, job, project, what, element, detail FROM events
    WHERE job = ${job}::uuid AND ${further} ORDER BY seq DESC LIMIT ${limit}`.execute(db);
  return rows.map(({ at, ...rest }) => ({ ...rest, at: at.toISOString() }));
}
