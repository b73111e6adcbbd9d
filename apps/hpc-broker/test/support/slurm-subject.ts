import { mkdtemp, mkdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createLogger } from '@groundwork/service';
import type { Subject } from '@groundwork/service/testing/contract';
import type { SlurmClient, SlurmJob } from '../../src/adapters/slurm/slurm-client.ts';
import { createSlurmEngine, type SlurmEngine } from '../../src/adapters/slurm/slurm-engine.ts';
import type { EnginePlace } from '../contract/engine-place.ts';
import { ensureCluster, missing, NODE_CORES, NODES } from './slurm-cluster.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
export async function slurmEngine(directory: string, client: SlurmClient): Promise<SlurmEngine> {
  const engine = createSlurmEngine({
    name: 'slurm',
    client,
    directory,
    wrapper: await readFile(new URL('../../slurm/attempt.sh', import.meta.url), 'utf8'),
    launcher: 'mpirun',
    pollMs: 100,
    fenceMs: 4_000,
    settleMs: 1_000,
    logger,
  });
  await engine.start();
  return engine;
}

/** A real cluster of four nodes. */
export function slurmSubject(name: string, createClient: () => SlurmClient): Subject<EnginePlace> {
  return {
    name,
    missing: missing(),
    isConcurrent: true,
    async start() {
      await ensureCluster();
      return { open: () => open(createClient), stop: () => Promise.resolve() };
    },
  };
}

/** Tests use the same names at the same time, and Slurm remembers those of the one before. */
function withPrefix(client: SlurmClient, prefix: string): SlurmClient {
  const own = (jobs: readonly SlurmJob[]): SlurmJob[] =>
    jobs
      .filter(({ name }) => name.startsWith(prefix))
      .map((job) => ({ ...job, name: job.name.slice(prefix.length) }));
  return {
    ...client,
    submit: (submission) => client.submit({ ...submission, name: prefix + submission.name }),
    jobs: async () => own(await client.jobs()),
    async accounted(names) {
      const jobs = await client.accounted(names.map((name) => prefix + name));
      return jobs && own(jobs);
    },
  };
}

async function open(createClient: () => SlurmClient): Promise<EnginePlace> {
  const base = await mkdtemp(join(tmpdir(), 'gw-slurm-'));
  const dir = join(base, 'shared');
  await mkdir(dir);
  const client = withPrefix(createClient(), `${basename(base)}.`);
  const engines = [await slurmEngine(join(base, 'attempts'), client)];
  return {
    engine: engines[0]!,
    async restarted() {
      await engines.at(-1)!.stop();
      engines.push(await slurmEngine(join(base, 'attempts'), client));
      return engines.at(-1)!;
    },
    interrupt: () => Promise.resolve(),
    cores: NODES * NODE_CORES,
    nodeCores: NODE_CORES,
    many: 24,
    dir,
    withinMs: 20_000,
    addsVariables: /^(_=|SLURM)/,
    has: { containment: false, memoryLimit: false, exactOutput: true, mpi: true },
    async close() {
      const engine = engines.at(-1)!;
      await engine.stop();
      const jobs = await client.jobs();
      await client.cancel(
        jobs
          .filter(({ endedAt }) => endedAt === undefined || endedAt > new Date())
          .map(({ handle }) => handle),
      );
      await rm(base, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}
