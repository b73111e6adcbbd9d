import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { JobSpec } from '@groundwork/contracts';
import { eventually } from '@groundwork/service/testing';
import { submissionOf as batchSubmissionOf } from '../../src/adapters/batch/submission.ts';
import { submissionOf as slurmSubmissionOf } from '../../src/adapters/slurm/submission.ts';
import type { SlurmClient } from '../../src/adapters/slurm/slurm-client.ts';
import type { Placement } from '../../src/ports/engine.ts';
import { batchClientOf } from '../../test/support/batch-subject.ts';
import { BatchWorld } from '../../test/support/batch-world.ts';
import { cliClient, restClient } from '../../test/support/slurm-clients.ts';
import {
  CONF,
  ensureCluster,
  missing,
  NODE_CORES,
  NODES,
  slurm,
  stopCluster,
} from '../../test/support/slurm-cluster.ts';
import { startBroker } from './broker.ts';
import { rate, type Figure } from './figure.ts';
import { untilIdle } from './jobs.ts';
import type { Query, Store } from './store.ts';

export interface EnginesOptions {
  store: Store;
  dir: string;
  /** Elements of the array. */
  jobs: number;
  slots: number;
  progress: (text: string) => void;
}

/** Of each engine, one by one. */
const SUBMISSIONS = 200;
const AT_ONCE = 8;
const WHOLE_ARRAY = 1_000;

/** The same array on each engine, and how fast each takes what it is handed. */
export async function engines(options: EnginesOptions): Promise<{ about: string[]; figures: Figure[] }> {
  const { progress } = options;
  const why = missing();
  if (why !== undefined) progress(`Slurm is left out: ${why}`);
  // A few jobs show that it works; and others may be running a cluster meanwhile.
  const hasSlurm = why === undefined && options.jobs >= WHOLE_ARRAY;
  if (hasSlurm) {
    progress('starting Slurm');
    await ensureCluster(process.pid);
  }
  const batch = await BatchWorld.make();
  try {
    const figures = [...(await arrays(options, hasSlurm)), ...(await submissions(options, batch, hasSlurm))];
    const about = hasSlurm
      ? `Slurm: ${slurm('sinfo', '-V').trim()}, ${NODES} nodes of ${NODE_CORES} cores, with all of its daemons on this machine; AWS Batch: the sandbox, of which only the client's share says anything`
      : 'no Slurm here: bash tools/slurm/cluster.sh install';
    return { about: [about], figures };
  } finally {
    await batch.close();
    if (hasSlurm) stopCluster();
  }
}

async function arrays(
  { store, dir, jobs, slots, progress }: EnginesOptions,
  hasSlurm: boolean,
): Promise<Figure[]> {
  const { url, query } = await store.createDatabase();
  const slurmDir = join(dir, 'slurm');
  await mkdir(slurmDir, { recursive: true });
  const env = hasSlurm ? { SLURM_DIR: slurmDir, SLURM_CONF: CONF } : {};
  const broker = await startBroker({ databaseUrl: url, stateDir: join(dir, 'engines'), slots, env });
  try {
    const figures: Figure[] = [];
    for (const engine of hasSlurm ? ['local', 'slurm'] : ['local']) {
      progress(`an array of ${jobs} on ${engine}`);
      const job = { name: 'array', command: ['true'], array: { size: jobs }, engine };
      const submit = () =>
        broker.post<{ id: string }>('/v1/jobs', JSON.stringify(job)).catch(() => undefined);
      // Plans know of an engine once it has said what it is.
      const taken = await eventually(submit, { withinMs: 30_000, everyMs: 500, what: engine });
      await untilIdle(query);
      figures.push(
        rate(`array of ${jobs} \`true\` on ${engine}`, jobs / (await secondsOf(query, taken.id, jobs))),
      );
    }
    return figures;
  } finally {
    await broker.stop();
  }
}

/** From the first attempt that is written down to the last end. */
async function secondsOf(query: Query, job: string, jobs: number): Promise<number> {
  const [row] = await query<{ count: number; seconds: number }>(
    `SELECT count(*) FILTER (WHERE cause = 'success')::integer AS count,
      extract(epoch FROM max(ended_at) - min(placed_at))::double precision AS seconds FROM attempts WHERE job = $1`,
    [job],
  );
  if (row?.count !== jobs) throw new Error(`${row?.count} of ${jobs} elements have succeeded`);
  return row.seconds;
}

async function submissions(
  { dir, progress }: EnginesOptions,
  { sandbox }: BatchWorld,
  hasSlurm: boolean,
): Promise<Figure[]> {
  const read = (file: string): Promise<string> => readFile(new URL(`../../${file}`, import.meta.url), 'utf8');
  const figures: Figure[] = [];
  if (hasSlurm) {
    const base = join(dir, 'submissions');
    const options = { base, wrapper: await read('slurm/attempt.sh'), launcher: 'mpirun' as const };
    for (const [by, client] of [
      ['sbatch', cliClient()],
      ['slurmrestd', restClient()],
    ] as const) {
      progress(`submitting to Slurm by ${by}`);
      // Without directories the attempts end at once: nobody waits for them.
      const taken = await perSecond((one) => client.submit(slurmSubmissionOf([one], options)));
      figures.push(rate(`submissions to Slurm by ${by}, ${AT_ONCE} at a time`, taken));
      await cancelAll(client);
    }
  }
  progress('submitting to AWS Batch');
  const client = batchClientOf(sandbox.endpoint);
  const wrapper = await read('batch/attempt.sh');
  const jobs = { queues: { onDemand: 'on-demand' }, wrapper, image: 'example/image', vcpusPerCore: 1 };
  const definition = await client.definition({
    jobDefinitionName: 'bench',
    type: 'container',
    containerProperties: {
      image: 'example/image',
      resourceRequirements: [
        { type: 'VCPU', value: '1' },
        { type: 'MEMORY', value: '1024' },
      ],
    },
  });
  const taken = await perSecond((one) => client.submit(batchSubmissionOf([one], jobs, definition)));
  figures.push(rate(`submissions to AWS Batch (an account has 50/s), ${AT_ONCE} at a time`, taken));
  return figures;
}

async function perSecond(submit: (one: Placement) => Promise<unknown>): Promise<number> {
  const spec = JobSpec.parse({ name: 'true', command: ['true'] });
  let left = SUBMISSIONS;
  const began = performance.now();
  const work = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await submit({ name: `bench-${left}-1`, job: 'bench', element: 0, attempt: 1, spec });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return SUBMISSIONS / ((performance.now() - began) / 1_000);
}

async function cancelAll(client: SlurmClient): Promise<void> {
  const own = async () =>
    (await client.jobs()).filter(({ name, endedAt }) => name.startsWith('bench-') && endedAt === undefined);
  await client.cancel((await own()).map(({ handle }) => handle));
  await eventually(async () => (await own()).length === 0, { withinMs: 60_000, everyMs: 200 });
}
