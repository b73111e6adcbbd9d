import { sql, type Transaction } from 'kysely';
import { takesOf } from '../../domain/jobs/takes.ts';
import { NoSuchJob, type Submitted } from '../../ports/ledger.ts';
import { record } from './events.ts';
import { settle, settleDependants } from './settle.ts';
import { awaitsData, insertTransfers } from './transfers.ts';

/**
 * Writes jobs down with everything that they wait for, all of them or none. Throws NoSuchJob.
 * Parents are locked against ending meanwhile: whoever ends one either sees that we wait, or we see its end.
 */
export async function accept(
  tx: Transaction<unknown>,
  jobs: readonly Submitted[],
  by: string,
): Promise<void> {
  await lockParents(tx, jobs);
  await insertJobs(tx, jobs, by);
  await insertElements(tx, jobs);
  await insertTransfers(tx, jobs);
  await insertDependencies(tx, jobs);
  await record(
    tx,
    jobs.map(({ id, spec }) => ({
      job: id,
      project: spec.project,
      what: 'job.accepted',
      detail: { name: spec.name, by },
    })),
  );
  // What they wait for may have ended already.
  const waiting = jobs.filter(({ dependsOn }) => dependsOn.some(({ isOurs }) => !isOurs));
  await settleDependants(
    tx,
    await settle(
      tx,
      waiting.map(({ id }) => id),
    ),
  );
}

async function lockParents(tx: Transaction<unknown>, jobs: readonly Submitted[]): Promise<void> {
  const ids = new Set(
    jobs.flatMap(({ dependsOn }) => dependsOn.flatMap(({ on, isOurs }) => (isOurs ? [] : on))),
  );
  if (ids.size === 0) return;
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM jobs WHERE id = ANY(${[...ids]}::uuid[]) ORDER BY id FOR SHARE`.execute(tx);
  const found = new Set(rows.map(({ id }) => id));
  for (const id of ids) if (!found.has(id)) throw new NoSuchJob(id);
}

async function insertJobs(tx: Transaction<unknown>, jobs: readonly Submitted[], by: string): Promise<void> {
  const rows = jobs.map(({ id, workflow, spec, dependsOn, assignment }) => ({
    id,
    workflow: workflow?.id ?? null,
    workflow_name: workflow?.name ?? null,
    name: spec.name,
    project: spec.project,
    by: spec.user ?? by,
    spec,
    plan: assignment.plan,
    state: dependsOn.length === 0 && !awaitsData(spec) ? 'ready' : 'pending',
    size: spec.array?.size ?? 1,
  }));
  await sql`
    INSERT INTO jobs (id, workflow, workflow_name, name, project, submitted_by, spec, plan, state, size)
    SELECT id, workflow, workflow_name, name, project, "by", spec, plan, state, size
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS j(id uuid, workflow uuid, workflow_name text, name text, project text, "by" text, spec jsonb, plan text,
        state text, size integer)`.execute(tx);
}

async function insertElements(tx: Transaction<unknown>, jobs: readonly Submitted[]): Promise<void> {
  const rows = jobs.map(({ id, spec, dependsOn, assignment }) => {
    const { cores, memoryMiB, gpus } = takesOf(spec);
    return {
      job: id,
      size: spec.array?.size ?? 1,
      at_once: spec.array?.atOnce ?? spec.array?.size ?? 1,
      waits_for: dependsOn.length,
      awaits_data: awaitsData(spec),
      project: spec.project,
      priority: spec.priority,
      engine: assignment.engine,
      cores,
      memory_mib: memoryMiB,
      gpus,
      seconds: assignment.seconds,
    };
  });
  await sql`
    INSERT INTO elements (job, element, state, waits_for, throttled, project, priority, engine, cores, memory_mib, gpus, seconds)
    SELECT job, element, CASE WHEN waits_for = 0 AND element < at_once AND NOT awaits_data THEN 'ready' ELSE 'pending' END,
      waits_for, element >= at_once, project, priority, engine, cores, memory_mib, gpus, seconds
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS j(job uuid, size integer, at_once integer, waits_for integer, awaits_data boolean, project text, priority integer, engine text,
        cores integer, memory_mib integer, gpus integer, seconds double precision),
      generate_series(0, size - 1) AS element`.execute(tx);
}

async function insertDependencies(tx: Transaction<unknown>, jobs: readonly Submitted[]): Promise<void> {
  const rows = jobs.flatMap(({ id, dependsOn }) =>
    dependsOn.map(({ on, condition, each }) => ({ job: id, on, condition, each })),
  );
  if (rows.length === 0) return;
  await sql`
    INSERT INTO dependencies (job, "on", condition, each)
    SELECT job, "on", condition, each FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS d(job uuid, "on" uuid, condition text, each boolean)`.execute(tx);
}
