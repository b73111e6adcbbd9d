import { BATCH, CLUSTER, LOCAL } from './support.ts';
import type { EngineOffer } from '../../src/domain/planner/settings.ts';

/** Typical jobs, whose plans are kept in ../plans to be read. */
export const JOBS: Readonly<Record<string, { what: string; job: object; engines: readonly EngineOffer[] }>> =
  {
    'hello-on-local': {
      what: 'A first job, where the machine has room for it.',
      job: { workSeconds: 2, walltimeSeconds: 60 },
      engines: [LOCAL, BATCH],
    },
    'risk-array-on-spot': {
      what: 'A thousand elements of financial risk, with checkpoints, on Spot.',
      job: {
        array: { size: 1_000 },
        resources: { cores: 1, memoryMiB: 1_800 },
        workSeconds: 7_200,
        walltimeSeconds: 14_400,
        checkpoint: { everySeconds: 900, costSeconds: 10 },
        purchase: 'spot',
        maxCostUsd: 200,
      },
      engines: [LOCAL, BATCH],
    },
    'weather-mpi-on-efa': {
      what: 'Weather prediction: MPI over 8 nodes with EFA, and a shared file system.',
      job: {
        mpi: { nodes: 8, ranksPerNode: 64, network: 'efa' },
        resources: {
          cores: 64,
          memoryMiB: 100_000,
          storage: { gib: 4_000, mibPerSecond: 2_000, shared: true },
        },
        workSeconds: 7_200,
        walltimeSeconds: 10_800,
      },
      engines: [LOCAL, BATCH],
    },
    'gpu-training': {
      what: 'Deep learning on eight GPUs, with checkpoints.',
      job: {
        resources: { cores: 48, memoryMiB: 500_000, gpus: 8, scratchGiB: 2_000 },
        workSeconds: 86_400,
        walltimeSeconds: 172_800,
        checkpoint: { everySeconds: 1_800, costSeconds: 60 },
      },
      engines: [BATCH, CLUSTER],
    },
    'genomics-200-tb': {
      what: 'Genomics: 200 TB on premises, a line of 10 Gbps, and five days.',
      job: {
        array: { size: 400 },
        resources: { cores: 16, memoryMiB: 60_000, scratchGiB: 500 },
        workSeconds: 18_000,
        walltimeSeconds: 36_000,
        dataset: { bytes: 200_000_000_000_000, files: 40_000, at: 'on-premises', uplinkMbps: 10_000 },
        deadline: '2026-11-28T12:00:00Z',
      },
      engines: [LOCAL, BATCH],
    },
    'small-data-slow-line': {
      what: 'Two gigabytes over a slow line, for a job that takes an hour.',
      job: {
        resources: { cores: 16 },
        workSeconds: 3_600,
        walltimeSeconds: 7_200,
        dataset: { bytes: 2_000_000_000, files: 12, at: 'on-premises', uplinkMbps: 20 },
      },
      engines: [LOCAL, BATCH],
    },
    'memory-monster': {
      what: 'Computational chemistry that needs 3.5 TiB of memory on one node.',
      job: {
        resources: { cores: 32, memoryMiB: 3_670_016, arch: 'x86_64' },
        workSeconds: 36_000,
        walltimeSeconds: 72_000,
        purchase: 'on-demand',
      },
      engines: [BATCH, CLUSTER],
    },
    'io-heavy': {
      what: 'Like a database: 200,000 IOPS.',
      job: {
        resources: { cores: 32, arch: 'arm64', storage: { gib: 1_000, iops: 200_000 } },
        workSeconds: 7_200,
        walltimeSeconds: 10_800,
        purchase: 'on-demand',
      },
      engines: [BATCH],
    },
    'mpi-on-spot-is-refused': {
      what: 'A multi-node job on Spot, where only AWS Batch is there.',
      job: { mpi: { nodes: 4, ranksPerNode: 32 }, purchase: 'spot' },
      engines: [BATCH],
    },
  };
