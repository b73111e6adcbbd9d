import type { BulkAccepted } from '@groundwork/contracts';
import { eventually } from '@groundwork/service/testing';
import type { Broker } from './broker.ts';
import type { Query } from './store.ts';

/** Nothing that could be measured instead of the broker. */
export const TRUE = JSON.stringify({ name: 'true', command: ['true'] });

const IDLE_MS = 120_000;

/** Throws unless all of them are taken. */
export async function submitLines(broker: Broker, count: number): Promise<void> {
  const lines = `${TRUE}\n`.repeat(count);
  const { jobs } = await broker.post<BulkAccepted>('/v1/jobs/bulk', lines, 'application/x-ndjson');
  if (jobs.length !== count) throw new Error(`${jobs.length} of ${count} lines were taken`);
}

export async function submitArray(broker: Broker, size: number): Promise<void> {
  await broker.post('/v1/jobs', JSON.stringify({ name: 'array', command: ['true'], array: { size } }));
}

/** One job that takes all cores, so that whatever comes waits. Returns how to end it. */
export async function block(broker: Broker, query: Query, slots: number): Promise<() => Promise<void>> {
  const job = { name: 'all-cores', command: ['sleep', '3600'], resources: { cores: slots } };
  const { id } = await broker.post<{ id: string }>('/v1/jobs', JSON.stringify(job));
  await eventually(async () => (await stateOf(query, id)) === 'running', {
    what: 'the job that takes all cores',
  });
  return async () => void (await broker.post(`/v1/jobs/${id}/cancel`, ''));
}

/** Until nothing waits or runs. Asked of the indexes that hold only that, so that asking costs next to nothing. */
export function untilIdle(query: Query): Promise<unknown> {
  return eventually(
    async () => {
      const [row] = await query<{ busy: boolean }>(`
        SELECT EXISTS (SELECT 1 FROM elements WHERE state = 'pending') OR EXISTS (SELECT 1 FROM elements WHERE state = 'ready')
          OR EXISTS (SELECT 1 FROM elements WHERE state IN ('submitted', 'running')) AS busy`);
      return !row!.busy;
    },
    { withinMs: IDLE_MS, everyMs: 50, what: 'the end of all jobs' },
  );
}

export async function stateOf(query: Query, id: string): Promise<string> {
  const [row] = await query<{ state: string }>('SELECT state FROM jobs WHERE id = $1', [id]);
  return row!.state;
}
