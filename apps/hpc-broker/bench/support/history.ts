import { eventually } from '@groundwork/service/testing';
import type { Broker } from './broker.ts';
import { stateOf, TRUE } from './jobs.ts';
import type { StoreDatabase } from './store.ts';

/**
 * Copies of one job that has run, with all that was written down of it, ended within the last two months: what
 * a broker finds in its tables after a busy while. All of it has been looked at by the calibration, as if it
 * had come one after the other. Returns how many rows that are.
 */
export async function fillHistory(broker: Broker, { query }: StoreDatabase, rows: number): Promise<number> {
  const { id } = await broker.post<{ id: string }>('/v1/jobs', TRUE);
  await eventually(async () => (await stateOf(query, id)) === 'succeeded', {
    what: 'the end of the first job',
  });
  const [{ events } = { events: 0 }] = await query<{ events: number }>(
    'SELECT count(*) AS events FROM events WHERE job = $1',
    [id],
  );
  /** With its element and its attempt. */
  const perJob = 3 + events;
  const jobs = Math.ceil(rows / perJob);
  await query(historyOf(id, jobs));
  await query('VACUUM (ANALYZE) jobs, elements, attempts, events');
  await query('CHECKPOINT');
  return jobs * perJob;
}

/** Older ids than any of today, in the order in which they were accepted. */
const ID = `('01800000-0000-7000-8000-' || lpad(to_hex(at), 12, '0'))::uuid`;

const historyOf = (id: string, jobs: number): string => `
  BEGIN;
  CREATE TEMPORARY TABLE past ON COMMIT DROP AS
    SELECT at, ${ID} AS id, now() - interval '60 days' * (1 - at::double precision / ${jobs}) AS then
    FROM generate_series(1, ${jobs}) AS at;
  INSERT INTO jobs (id, name, project, submitted_by, spec, plan, state, size, open, created_at, ended_at)
    SELECT past.id, name, project, submitted_by, spec, plan, state, size, open, past.then, past.then
    FROM past, jobs WHERE jobs.id = '${id}' ORDER BY past.at;
  INSERT INTO elements (job, element, state, attempts, project, priority, engine, cores, memory_mib, gpus, seconds)
    SELECT past.id, element, state, attempts, project, priority, engine, cores, memory_mib, gpus, seconds
    FROM past, elements WHERE job = '${id}' ORDER BY past.at;
  INSERT INTO attempts (job, element, number, engine, epoch, state, placed_at, started_at, ended_at, host, cause, exit_code, planned_seconds, cost_usd)
    SELECT past.id, element, number, engine, epoch, state, past.then, past.then, past.then, host, cause, exit_code, planned_seconds, cost_usd
    FROM past, attempts WHERE job = '${id}' ORDER BY past.at;
  INSERT INTO events (at, job, project, what, element, detail)
    SELECT past.then, past.id, project, what, element, detail
    FROM past, events WHERE job = '${id}' ORDER BY past.at, events.seq;
  INSERT INTO publications (topic, seq) SELECT 'calibration', max(seq) FROM events
    ON CONFLICT (topic) DO UPDATE SET seq = excluded.seq;
  COMMIT;`;
