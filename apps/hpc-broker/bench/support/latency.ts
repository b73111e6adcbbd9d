import { eventually } from '@groundwork/service/testing';
import type { Broker } from './broker.ts';
import { quantile, type Figure } from './figure.ts';
import { stateOf, TRUE } from './jobs.ts';
import type { StoreDatabase } from './store.ts';

const WARM_UP = 20;

/** From the moment before the request to the start of the attempt; one machine, so one clock. */
export async function latency(broker: Broker, { query }: StoreDatabase, jobs: number): Promise<Figure[]> {
  const took: number[] = [];
  for (let at = 0; at < WARM_UP + jobs; at += 1) {
    const askedAt = Date.now();
    const { id } = await broker.post<{ id: string }>('/v1/jobs', TRUE);
    await eventually(async () => (await stateOf(query, id)) === 'succeeded', {
      everyMs: 5,
      what: `the end of ${id}`,
    });
    const [attempt] = await query<{ at: Date }>('SELECT started_at AS at FROM attempts WHERE job = $1', [id]);
    if (at >= WARM_UP) took.push(attempt!.at.getTime() - askedAt);
  }
  const figure = (what: string, share: number): Figure => ({
    what: `submit to start, ${what} of ${jobs}`,
    measured: `${quantile(took, share).toFixed(0)} ms`,
  });
  return [{ ...figure('p50', 0.5), limit: 'goal when idle: less than 20 ms' }, figure('p95', 0.95)];
}
