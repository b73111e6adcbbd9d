import { JobSpec } from '@groundwork/contracts';
import { describe, expect, it } from 'vitest';
import { toBatch } from '../../src/domain/export/batch.ts';
import { toParallelCluster } from '../../src/domain/export/parallelcluster.ts';
import { toSbatch } from '../../src/domain/export/sbatch.ts';
import { clusterText } from '../../src/http/exports.ts';
import { catalogue, exported, placed } from './jobs.ts';

/** Each value is of this field alone, so that it is found again where it was told. */
const SINGLE = {
  name: 'all-of-it',
  command: ['solver', 'argument'],
  image: 'registry/picture:1',
  environment: { GREETING: 'salute' },
  workingDirectory: '/work/dir',
  inputs: [{ from: 's3://input-bucket/in', to: 'brought' }],
  outputs: [{ from: 'made', to: 's3://output-bucket/{index}' }],
  resources: {
    cores: 3,
    memoryMiB: 1_777,
    gpus: 2,
    arch: 'x86_64',
    scratchGiB: 71,
    storage: { gib: 73, iops: 3_001, mibPerSecond: 131 },
  },
  array: { size: 83, atOnce: 19 },
  walltimeSeconds: 7_301,
  workSeconds: 4_201,
  deadline: '2027-01-02T03:04:05Z',
  retries: { user: 2, infrastructure: 4, preemption: 6, backoffSeconds: 97 },
  exitCodes: [{ codes: [41], means: 'fatal' }],
  checkpoint: { signal: 'SIGUSR2', graceSeconds: 103, everySeconds: 613, costSeconds: 17 },
  priority: 709,
  project: 'undertaking',
  user: 'somebody',
  maxCostUsd: 1_234,
  purchase: 'spot',
  objective: 'fastest',
  engine: 'cluster-7',
  dataset: { bytes: 987_654_321, files: 4_321, at: 'on-premises', task: 'lab-to-bucket' },
  labels: { team: 'quants', odd: 'a(b)' },
};
const GANG = {
  name: 'gang',
  command: ['solver'],
  mpi: { nodes: 5, ranksPerNode: 7, network: 'low-latency', gangTimeoutSeconds: 1_201 },
};
const parents = [{ id: 'x', name: 'fetch', when: 'afterany', each: false }] as const;

/** What is to be read of each field; undefined: nothing, and why is said there. */
const TRACES: { [F in keyof Required<JobSpec>]: readonly (string | RegExp)[] } = {
  name: ['all-of-it'],
  command: ['solver', 'argument'],
  shell: [],
  image: ['registry/picture:1'],
  environment: ['GREETING', 'salute'],
  workingDirectory: ['/work/dir'],
  inputs: ['s3://input-bucket/in', 'brought'],
  outputs: ['made', 's3://output-bucket/'],
  resources: [
    /cpus-per-task=3|"VCPU","value":"6"/,
    '1777',
    /gpus-per-node=2|"GPU","value":"2"/,
    'x86_64',
    '71',
  ],
  array: [/--array=0-82|"size":83/, /%19|array\.atOnce 19/],
  mpi: [],
  dependsOn: ['fetch'],
  walltimeSeconds: ['7301'],
  workSeconds: ['4,201'],
  deadline: ['2027-01-02T03:04:05Z'],
  retries: ['2', '4', '6', 'backoffSeconds 97'],
  exitCodes: ['41'],
  checkpoint: ['USR2', '103', '613', 'costSeconds 17'],
  priority: ['709'],
  project: ['undertaking'],
  user: ['somebody'],
  maxCostUsd: ['1,234.00 USD'],
  purchase: ['spot'],
  objective: ['fastest'],
  engine: ['cluster-7'],
  dataset: ['987,654,321', '4,321', 'lab-to-bucket'],
  labels: ['quants', 'odd'],
};

const one = exported(SINGLE, parents);
const gang = exported(GANG);
const flat = (script: string): string => script.replaceAll(/\n#  +/g, ' ');
const bodies = (job: typeof one): string => JSON.stringify(toBatch(job, placed(job), catalogue.services));

describe.each([
  ['A script for Slurm', (job: typeof one) => flat(toSbatch(job))],
  ['Bodies for AWS Batch, with their notes,', bodies],
  [
    'A cluster, with the script for it,',
    (job: typeof one) => flat(clusterText(toParallelCluster(job, placed(job)!, catalogue)) + toSbatch(job)),
  ],
])('%s', (_, written) => {
  const [text, ofGang] = [written(one), written(gang)];

  it.each(Object.entries(TRACES))('tells of %s', (_field, traces) => {
    for (const trace of traces) expect(text).toMatch(typeof trace === 'string' ? literally(trace) : trace);
  });

  it('tells of storage', () => {
    for (const trace of ['73 GiB', /3,?001/, '131']) expect(text).toMatch(literally(trace));
  });

  it('tells of MPI', () => {
    expect(ofGang).toMatch(/--nodes=5|"numNodes":5/);
    expect(ofGang).toContain('35');
    expect(ofGang).toContain('low-latency');
    expect(ofGang).toMatch(/gangTimeoutSeconds 1201/);
  });
});

const literally = (trace: string | RegExp): RegExp =>
  typeof trace === 'string' ? new RegExp(RegExp.escape(trace)) : trace;
