import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startBroker, type Broker } from './broker.ts';
import { dispatch, type Dispatched } from './dispatching.ts';
import type { Figure } from './figure.ts';
import { fillHistory } from './history.ts';
import { latency } from './latency.ts';
import { localRate, type LocalRate } from './local-rate.ts';
import { figuresOf } from './rounds.ts';
import type { Store, StoreDatabase } from './store.ts';
import { xargsRate, type XargsRate } from './xargs.ts';

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

export interface Round {
  /** The engine without a broker. */
  bare: LocalRate;
  xargs: XargsRate;
  array: Dispatched;
  singles: Dispatched;
  /** With a large heap. */
  heavy: Dispatched;
  /** With a long history. */
  old: Dispatched;
}

interface Subject {
  name: string;
  broker: Broker;
  database: StoreDatabase;
}

const WARM_UP = 500;
const LATENCIES = 100;

/**
 * The engine alone, and brokers on databases of their own, in turn and in several rounds. The one with a large
 * heap and the one with a history have run as much as the one that they are set against: code that has run
 * often runs faster.
 */
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
  const run = async (
    kind: 'array' | 'singles',
    { name, ...subject }: Subject,
    count = jobs,
  ): Promise<Dispatched> => {
    progress(`${kind} of ${count} on the ${name} broker`);
    return dispatch({ ...options, ...subject, jobs: count, kind });
  };
  try {
    progress('starting brokers');
    const first = await start('first');
    const plain = await start('plain');
    const heavy = await start('heavy', ['--import', heapOf(heapMb)]);
    checkHeap(heavy.broker.pid, heapMb);
    const old = await start('old');
    progress(`writing ${history} rows of history`);
    const rows = await fillHistory(old.broker, old.database, history);
    for (const subject of [first, plain, heavy, old]) await run('singles', subject, Math.min(WARM_UP, jobs));
    progress('submit to start');
    const starts = await latency(first.broker, first.database, Math.min(LATENCIES, jobs));
    const all: Round[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      progress(`round ${round} of ${rounds}`);
      const bare = await localRate(options);
      const xargs = await xargsRate(jobs);
      const array = await run('array', first);
      const singles = new Map<Subject, Dispatched>();
      for (const subject of rotated([plain, heavy, old], round)) {
        singles.set(subject, await run('singles', subject));
      }
      const of = (subject: Subject): Dispatched => singles.get(subject)!;
      all.push({ bare, xargs, array, singles: of(plain), heavy: of(heavy), old: of(old) });
    }
    return [...starts, ...figuresOf(all, { heapMb, rows })];
  } finally {
    for (const broker of started) await broker.stop();
  }
}

/** Whoever comes first finds another machine than whoever comes last, so each is that once. */
const rotated = <T>(all: readonly T[], by: number): T[] => [
  ...all.slice(by % all.length),
  ...all.slice(0, by % all.length),
];

const heapOf = (mb: number): string => new URL(`heap.ts?mb=${mb}`, import.meta.url).href;

/** The collector may have found that nobody needs it. */
function checkHeap(pid: number, mb: number): void {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const residentMb = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_000;
  if (!(residentMb > mb)) {
    throw new Error(`the heap was to have ${mb} MB, and the process has ${residentMb} MB`);
  }
}
