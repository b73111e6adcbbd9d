import { availableParallelism, cpus } from 'node:os';
import { accepting } from './support/accepting.ts';
import { comparing } from './support/comparing.ts';
import { engines } from './support/engines.ts';
import type { Figure, Settings } from './support/figure.ts';
import { startStore } from './support/store.ts';

/** Many short ones: what else a machine does comes and goes by seconds. */
const ROUNDS = 9;
/** Of each measurement of what runs. */
const JOBS = 700;
const [SINGLY, IN_BULK] = [2_000, 10_000];
/** Elements of the array that each engine runs. */
const ARRAY = 1_000;
/** Rows of what a broker has done before. */
const HISTORY = 1_000_000;
const HEAP_MB = 500;
/** More than there are cores, as `true` hardly takes any. */
const SLOTS = 16;

/** The service as it ships, with a Postgres that syncs each commit, and processes of this machine. */
export default {
  kind: 'figures',
  async measure(
    { rounds = ROUNDS, entries = HISTORY }: Settings,
    dir: string,
    progress: (text: string) => void,
  ): Promise<{ about: string[]; figures: Figure[] }> {
    const jobs = Math.min(JOBS, entries);
    const about = [
      `CPU of processes from the kernel's own account, per job; the job is \`true\`, on ${SLOTS} slots; dispatch: the median of ${rounds} rounds of ${jobs} jobs, in turn`,
      `Node ${process.versions.node}, ${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, which the broker, Postgres (fsync on), the jobs and the benchmark share`,
    ];
    progress('starting Postgres');
    const store = await startStore();
    try {
      const figures = await accepting({
        store,
        dir,
        singly: Math.min(SINGLY, entries),
        inBulk: Math.min(IN_BULK, entries),
        progress,
      });
      const heapMb = Math.ceil(HEAP_MB * Math.min(1, entries / HISTORY));
      figures.push(
        ...(await comparing({ store, dir, rounds, jobs, slots: SLOTS, history: entries, heapMb, progress })),
      );
      const beside = await engines({ store, dir, jobs: Math.min(ARRAY, entries), slots: SLOTS, progress });
      return { about: [...about, ...beside.about], figures: [...figures, ...beside.figures] };
    } finally {
      await store.stop();
    }
  },
};
