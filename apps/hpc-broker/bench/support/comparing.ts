import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startBroker, type Broker } from './broker.ts';
import { dispatch, type Dispatched } from './dispatching.ts';
import { cpu, median, rate, ratio, type Figure } from './figure.ts';
import { fillHistory } from './history.ts';
import { latency } from './latency.ts';
import { localRate, type LocalRate } from './local-rate.ts';
import type { Store, StoreDatabase } from './store.ts';
import { xargsRate } from './xargs.ts';

export interface ComparingOptions {
  store: Store;
  dir: string;
  rounds: number;
  /** Of each dispatch. */
  jobs: number;
  slots: number;
  /** Rows that are there already for the broker with a history. */
  history: number;
  heapMb: number;
  progress: (text: string) => void;
}

interface Subject {
  name: string;
  broker: Broker;
  database: StoreDatabase;
}

interface Round {
  bare: LocalRate;
  xargs: { perSecond: number; cpu: number };
  array: Dispatched;
  singles: Dispatched;
  heavy: Dispatched;
  old: Dispatched;
}

const LATENCIES = 100;

/** One broker as it is, one with a large heap, one with a long history, and the engine alone: in turn, round by round. */
export async function comparing(options: ComparingOptions): Promise<Figure[]> {
  const { rounds, history, heapMb, jobs, progress } = options;
  const started: Broker[] = [];
  const start = async (name: string, flags: readonly string[] = []): Promise<Subject> => {
    const database = await options.store.createDatabase();
    const stateDir = join(options.dir, name);
    const broker = await startBroker({ databaseUrl: database.url, stateDir, slots: options.slots, flags });
    started.push(broker);
    return { name, broker, database };
  };
  try {
    const heap = new URL(`heap.ts?mb=${heapMb}`, import.meta.url).href;
    const plain = await start('plain');
    const heavy = await start('heavy', ['--import', heap]);
    checkHeap(heavy.broker.pid, heapMb);
    const old = await start('old');
    progress(`writing ${history} rows of history`);
    const rows = await fillHistory(old.broker, old.database, history);
    const run = (kind: 'array' | 'singles', { name, ...subject }: Subject): Promise<Dispatched> => {
      progress(`${kind} of ${jobs} on the ${name} broker`);
      return dispatch({ ...options, ...subject, kind });
    };
    for (const subject of [plain, heavy, old]) await run('singles', subject);
    progress('submit to start');
    const starts = await latency(plain.broker, plain.database, Math.min(LATENCIES, jobs));
    const all: Round[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      progress(`round ${round} of ${rounds}: the engine alone`);
      all.push({
        bare: await localRate(options),
        xargs: await xargsRate(jobs),
        array: await run('array', plain),
        singles: await run('singles', plain),
        heavy: await run('singles', heavy),
        old: await run('singles', old),
      });
    }
    return [...starts, ...figures(all, { heapMb, rows })];
  } finally {
    for (const broker of started) await broker.stop();
  }
}

/** The collector may have found that nobody needs it. */
function checkHeap(pid: number, mb: number): void {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const residentMb = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_000;
  if (!(residentMb > mb))
    throw new Error(`the heap was to have ${mb} MB, and the process has ${residentMb} MB`);
}

function figures(rounds: readonly Round[], { heapMb, rows }: { heapMb: number; rows: number }): Figure[] {
  const of = (value: (round: Round) => number): number => median(rounds.map(value));
  const dispatched = (what: string, part: 'array' | 'singles'): Figure[] => [
    cpu(
      `${what}: broker, per job`,
      of((round) => round[part].broker),
    ),
    cpu(
      `${what}: spawner, per job`,
      of((round) => round[part].spawner),
    ),
    cpu(
      `${what}: what it starts, per job`,
      of((round) => round[part].started),
    ),
    cpu(
      `${what}: Postgres, per job`,
      of((round) => round[part].store),
    ),
    rate(
      `${what}: rate`,
      of((round) => round[part].perSecond),
    ),
  ];
  const own = ({ broker, spawner }: Dispatched): number => broker + spawner;
  const against = (what: string, value: (round: Round) => number): Figure =>
    ratio(what, of(value), { atMost: 1.1 });
  const toBare = (what: string, part: 'array' | 'singles'): Figure =>
    ratio(
      what,
      of((round) => round[part].perSecond / round.bare.perSecond),
      { atLeast: 0.6 },
    );
  return [
    ...dispatched('array', 'array'),
    ...dispatched('single jobs', 'singles'),
    cpu(
      'spawner alone: its client, per job',
      of(({ bare }) => bare.client),
    ),
    cpu(
      'spawner alone: spawner, per job',
      of(({ bare }) => bare.spawner),
    ),
    cpu(
      'spawner alone: what it starts, per job',
      of(({ bare }) => bare.started),
    ),
    rate(
      'spawner alone: rate',
      of(({ bare }) => bare.perSecond),
    ),
    cpu(
      'xargs -n1 -P2 true, per job',
      of(({ xargs }) => xargs.cpu),
    ),
    rate(
      'xargs -n1 -P2 true: rate',
      of(({ xargs }) => xargs.perSecond),
    ),
    toBare('rate of an array to the spawner alone', 'array'),
    toBare('rate of single jobs to the spawner alone', 'singles'),
    against(
      `broker and spawner with ${heapMb} MB of heap, to without`,
      (round) => own(round.heavy) / own(round.singles),
    ),
    against(
      `broker and spawner with ${rows} rows of history, to without`,
      (round) => own(round.old) / own(round.singles),
    ),
    against(
      `Postgres with ${rows} rows of history, to without`,
      (round) => round.old.store / round.singles.store,
    ),
  ];
}
