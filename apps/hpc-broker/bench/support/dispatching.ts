import type { Broker } from './broker.ts';
import { block, submitArray, submitLines, untilIdle } from './jobs.ts';
import type { Store, StoreDatabase } from './store.ts';

export interface Dispatched {
  /** From the first start to the last end. */
  perSecond: number;
  /** In ms of CPU per job. */
  broker: number;
  spawner: number;
  started: number;
  store: number;
}

export interface DispatchOptions {
  store: Store;
  database: StoreDatabase;
  broker: Broker;
  jobs: number;
  slots: number;
  kind: 'array' | 'singles';
}

/** All are accepted before the first may run, so that nothing but running them is measured. */
export async function dispatch(options: DispatchOptions): Promise<Dispatched> {
  const { store, database, broker, jobs, slots, kind } = options;
  const { query } = database;
  const unblock = await block(broker, query, slots);
  await (kind === 'array' ? submitArray(broker, jobs) : submitLines(broker, jobs));
  const [mark] = await query<{ now: Date }>('SELECT clock_timestamp() AS now');
  const before = { ...broker.account(), store: store.cpuMs() };
  await unblock();
  await untilIdle(query);
  const after = { ...broker.account(), store: store.cpuMs() };
  const [ran] = await query<{ count: number; seconds: number }>(
    `SELECT count(*) AS count, extract(epoch FROM max(ended_at) - min(started_at))::double precision AS seconds
     FROM attempts WHERE placed_at > $1::timestamptz - interval '1 minute' AND started_at > $1 AND cause = 'success'`,
    [mark!.now],
  );
  if (ran!.count !== jobs) throw new Error(`${ran!.count} of ${jobs} jobs have succeeded`);
  const perJob = (part: keyof typeof before): number => (after[part] - before[part]) / jobs;
  return {
    perSecond: jobs / ran!.seconds,
    broker: perJob('broker'),
    spawner: perJob('spawner'),
    started: perJob('started'),
    store: perJob('store'),
  };
}
