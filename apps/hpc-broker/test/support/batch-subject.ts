import { chmod, mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { BatchClient as Sdk } from '@aws-sdk/client-batch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { startBatchSandbox, type BatchSandbox } from '@groundwork/aws-sandbox/testing';
import { createLogger } from '@groundwork/service';
import type { Subject } from '@groundwork/service/testing/contract';
import { createBatchClient, type BatchClient } from '../../src/adapters/batch/batch-client.ts';
import {
  createBatchEngine,
  type BatchEngine,
  type BatchEngineOptions,
} from '../../src/adapters/batch/batch-engine.ts';
import { Rate } from '../../src/adapters/batch/rate.ts';
import type { EngineMarks } from '../../src/ports/engine-marks.ts';
import type { EnginePlace } from '../contract/engine-place.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
const CORES = 8;

/** As the SDK's chain would have them. */
export const AWS = (endpoint: string) => ({
  endpoint,
  region: 'us-east-1',
  maxAttempts: 1,
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

export function batchClientOf(endpoint: string): BatchClient {
  return createBatchClient(new Sdk(AWS(endpoint)), { submits: new Rate(1_000), others: new Rate(1_000) });
}

/** What the broker keeps in its tables. */
export function marksInMemory(): EngineMarks {
  const names = new Set<string>();
  return {
    add: async (name) => void names.add(name),
    has: async (name) => names.has(name),
    remove: async (gone) => gone.forEach((name) => names.delete(name)),
  };
}

export async function batchEngine(
  endpoint: string,
  marks: EngineMarks,
  settings: Partial<BatchEngineOptions> = {},
): Promise<BatchEngine> {
  const engine = createBatchEngine({
    name: 'batch',
    client: batchClientOf(endpoint),
    logs: new CloudWatchLogsClient(AWS(endpoint)),
    marks,
    jobs: {
      queues: { onDemand: 'on-demand', spot: 'spot', multiNode: 'multi-node' },
      wrapper: await readFile(new URL('../../batch/attempt.sh', import.meta.url), 'utf8'),
      image: 'example/image',
      vcpusPerCore: 1,
    },
    mostCores: CORES,
    pollMs: 50,
    quietMs: 200,
    logger,
    ...settings,
  });
  await engine.start();
  return engine;
}

export interface QueueTypes {
  onDemand?: string[];
  spot?: string[];
  multiNode?: string[];
}

/** Three queues, as the broker wants them; of any instance types where none are given. */
export async function makeQueues(sandbox: BatchSandbox, types: QueueTypes = {}): Promise<void> {
  const of = (type: 'EC2' | 'SPOT', instanceTypes = ['optimal']) => ({
    type,
    maxvCpus: CORES,
    instanceTypes,
  });
  await sandbox.makeQueue('on-demand', of('EC2', types.onDemand));
  await sandbox.makeQueue('spot', of('SPOT', types.spot));
  await sandbox.makeQueue('multi-node', of('EC2', types.multiNode));
}

/** What an image for MPI brings along; here all nodes are processes of this machine. */
const MPIRUN = `#!/bin/sh
nodes=$1 ranks=$2
shift 2
[ "$AWS_BATCH_JOB_NODE_INDEX" = "$AWS_BATCH_JOB_MAIN_NODE_INDEX" ] || exec sleep 1000
OMPI_MCA_mpi_yield_when_idle=1 OMPI_MCA_plm=isolated exec mpirun --oversubscribe --host localhost:$((nodes * ranks)) -np $((nodes * ranks)) "$@"
`;

export const batchSubject = (name: string): Subject<EnginePlace> => ({
  name,
  start: () => Promise.resolve({ open, stop: () => Promise.resolve() }),
});

async function open(): Promise<EnginePlace> {
  const base = await mkdtemp(join(tmpdir(), 'gw-batch-'));
  const dir = join(base, 'shared');
  await mkdir(dir);
  const program = join(base, 'groundwork-mpirun');
  await writeFile(program, MPIRUN);
  await chmod(program, 0o755);
  const path = `${base}${delimiter}${process.env['PATH'] ?? ''}`;
  const sandbox = await startBatchSandbox({ batchPath: path });
  await sandbox.control.set({ secondMs: 100 });
  await makeQueues(sandbox);
  const marks = marksInMemory();
  const engines = [await batchEngine(sandbox.endpoint, marks)];
  return {
    engine: engines[0]!,
    async restarted() {
      await engines.at(-1)!.stop();
      engines.push(await batchEngine(sandbox.endpoint, marks));
      return engines.at(-1)!;
    },
    interrupt: () => sandbox.control.loseAnswers('SubmitJob').then(() => undefined),
    cores: CORES,
    nodeCores: CORES,
    many: 40,
    dir,
    withinMs: 20_000,
    addsVariables: /^(_=|PWD=|OLDPWD=|SHLVL=|AWS_|ECS_|OMPI_)/,
    has: { containment: false, memoryLimit: false, mpi: true, exactOutput: false },
    async close() {
      await engines.at(-1)!.stop();
      await sandbox.close();
      await rm(base, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
