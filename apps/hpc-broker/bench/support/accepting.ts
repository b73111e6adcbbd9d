import { join } from 'node:path';
import { startBroker, type Broker } from './broker.ts';
import { cpu, rate, type Figure } from './figure.ts';
import { block, submitLines, TRUE } from './jobs.ts';
import type { Store } from './store.ts';

export interface AcceptingOptions {
  store: Store;
  dir: string;
  singly: number;
  inBulk: number;
  progress: (text: string) => void;
}

const CONNECTIONS = 8;
const WARM_UP = 500;

/** Jobs are written down and wait, because another one has the only core. */
export async function accepting(options: AcceptingOptions): Promise<Figure[]> {
  const { store, dir, singly, inBulk, progress } = options;
  const database = await store.createDatabase();
  const broker = await startBroker({
    databaseUrl: database.url,
    stateDir: join(dir, 'accepting'),
    slots: 1,
  });
  try {
    await block(broker, database.query, 1);
    const one = (count: number): Promise<void> => submitSingly(broker, count);
    progress('submitting: warming up');
    await one(WARM_UP);
    await submitLines(broker, WARM_UP);
    progress(`submitting ${singly} jobs singly`);
    const single = await measured(store, broker, singly, one);
    progress(`submitting ${inBulk} jobs in bulk`);
    const bulk = await measured(store, broker, inBulk, (count) => submitLines(broker, count));
    return [
      ...figures(`submit, ${CONNECTIONS} at a time`, single, 300),
      ...figures('submit in bulk', bulk, 2_000),
    ];
  } finally {
    await broker.stop();
  }
}

interface Measured {
  broker: number;
  store: number;
  perSecond: number;
}

async function measured(
  store: Store,
  broker: Broker,
  count: number,
  submit: (count: number) => Promise<void>,
): Promise<Measured> {
  const before = { broker: broker.account().broker, store: store.cpuMs(), at: performance.now() };
  await submit(count);
  const seconds = (performance.now() - before.at) / 1_000;
  return {
    broker: (broker.account().broker - before.broker) / count,
    store: (store.cpuMs() - before.store) / count,
    perSecond: count / seconds,
  };
}

async function submitSingly(broker: Broker, count: number): Promise<void> {
  let left = count;
  const work = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await broker.post('/v1/jobs', TRUE);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
}

const figures = (what: string, measure: Measured, goal: number): Figure[] => [
  cpu(`${what}: broker, per job`, measure.broker),
  cpu(`${what}: Postgres, per job`, measure.store),
  rate(`${what}: rate`, measure.perSecond, goal),
];
