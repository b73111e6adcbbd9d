import { JobSpec, type Plan } from '@groundwork/contracts';
import type { ExportedJob, OnEc2 } from '../../src/domain/export/exported.ts';
import { planOnEc2 } from '../../src/http/exports.ts';
import { plan } from '../../src/domain/planner/plan.ts';
import { BATCH, catalogue, settings } from '../planner/support.ts';

export const ID = '01900000-0000-7000-8000-000000000001';

/** Of a plan's day, so that files do not change with the clock. */
const planning = { planAsIfBatch: (spec: ExportedJob['spec']) => plan(spec, catalogue, settings([BATCH])) };

export function exported(input: object, parents: ExportedJob['parents'] = [], own?: Plan): ExportedJob {
  return { id: ID, spec: JobSpec.parse(input), parents, plan: own };
}

/** Undefined: no instance would do. */
export function placed(one: ExportedJob): OnEc2 | undefined {
  return planOnEc2(one, planning, catalogue).on;
}

export { catalogue };

/** Three that are kept as files to be read. */
export const JOBS: Readonly<Record<string, ExportedJob>> = {
  hello: exported({ name: 'hello', command: ['echo', "it's", 'a $HOME'], walltimeSeconds: 60 }),
  simulate: exported(
    {
      name: 'simulate',
      shell: 'set -e\n./simulate --seed "$GROUNDWORK_ARRAY_INDEX" data.csv >result.csv\n',
      environment: { GREETING: "it's ü", OMP_NUM_THREADS: '2' },
      inputs: [
        { from: 's3://uploads/data.csv', to: 'data.csv' },
        { from: 's3://uploads/program/', to: './' },
      ],
      outputs: [{ from: 'result.csv', to: 's3://uploads/results/{index}.csv' }],
      resources: { cores: 2, memoryMiB: 2_048, arch: 'arm64', scratchGiB: 20 },
      array: { size: 100, atOnce: 20 },
      retries: { user: 2, preemption: 5 },
      exitCodes: [
        { codes: [75, '80-89'], means: 'infrastructure' },
        { codes: [3], means: 'fatal' },
      ],
      checkpoint: { signal: 'SIGUSR1', graceSeconds: 120, everySeconds: 600, costSeconds: 10 },
      walltimeSeconds: 7_200,
      workSeconds: 5_400,
      purchase: 'spot',
      maxCostUsd: 25,
      priority: 700,
      project: 'risk',
      labels: { team: 'quants', note: 'two\nlines' },
    },
    [{ id: '01900000-0000-7000-8000-000000000000', name: 'fetch', when: 'afterok', each: false }],
  ),
  weather: exported({
    name: 'weather',
    command: ['./wrf', '--namelist', 'namelist.input'],
    workingDirectory: '/shared/weather',
    mpi: { nodes: 8, ranksPerNode: 64, network: 'efa' },
    resources: {
      cores: 64,
      memoryMiB: 100_000,
      storage: { gib: 4_000, mibPerSecond: 2_000, shared: true },
    },
    workSeconds: 7_200,
    walltimeSeconds: 10_800,
  }),
};
