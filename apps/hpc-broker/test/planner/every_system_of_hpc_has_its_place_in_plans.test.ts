import type { Plan, RejectedAlternative } from '@groundwork/contracts';
import { describe, expect, it } from 'vitest';
import type { EngineOffer } from '../../src/domain/planner/settings.ts';
import { BATCH, CLUSTER, answerFor, planFor } from './support.ts';

interface Row {
  system: string;
  job: object;
  engines?: readonly EngineOffer[];
  says: (plan: Plan) => void;
}

const TERABYTE = 1_000_000_000_000;
const onPremises = (more: object): object => ({
  walltimeSeconds: 3_600,
  purchase: 'on-demand',
  dataset: { bytes: 50 * TERABYTE, at: 'on-premises', uplinkMbps: 100, ...more },
});
const rejected = (plan: Plan, name: string): RejectedAlternative | undefined =>
  plan.rejected.find((one) => one.name === name);
const gang = (network: string): object => ({
  mpi: { nodes: 4, ranksPerNode: 16, network },
  resources: { cores: 16 },
});
const only = (...instanceTypes: string[]): EngineOffer[] => [{ ...BATCH, instanceTypes }];
const storing = (storage: object, more: object = {}): object => ({
  resources: { cores: 16, storage },
  purchase: 'on-demand',
  ...more,
});

/** One row for each system that a course on HPC in the cloud names, and some for what has become of it. */
const ROWS: Row[] = [
  {
    system: 'Direct Connect that is there',
    job: onPremises({ uplinkMbps: undefined, directConnect: true }),
    says: ({ chosen }) => {
      expect(chosen.transfer?.name).toBe('direct-connect');
      // 50e12 B × 8 / (1 Gbps × 0.75) and four hours for the agent.
      expect(chosen.transfer?.time.likely).toBeCloseTo(533_333.3 + 14_400, 0);
    },
  },
  {
    system: 'Direct Connect that has to be ordered',
    job: onPremises({}),
    says: (plan) => {
      const order = rejected(plan, 'direct-connect-10');
      expect(order?.seconds).toBeGreaterThan(42 * 86_400);
      expect(order?.source).toContain('directconnect/pricing');
    },
  },
  {
    system: 'Snowball',
    job: onPremises({}),
    says: (plan) => {
      expect(rejected(plan, 'snowball-edge')?.reason).toMatch(
        /closed to new customers.*DataSync.*Terminal.*partner/,
      );
      expect(plan.warnings.map(({ code }) => code)).toContain('snowball_edge');
    },
  },
  {
    system: 'Snowmobile',
    job: onPremises({}),
    says: (plan) => {
      expect(rejected(plan, 'snowmobile')?.reason).toMatch(/^retired/);
      expect(plan.warnings.map(({ code }) => code)).toContain('snowmobile');
    },
  },
  {
    system: 'DataSync, where a deadline asks for more than a plain upload',
    job: {
      ...onPremises({ bytes: 100 * TERABYTE, uplinkMbps: 10_000 }),
      deadline: '2026-11-26T12:00:00Z',
    },
    says: ({ chosen }) => {
      expect(chosen.transfer?.name).toBe('datasync-basic');
      expect(chosen.transfer?.cost.formula).toContain('0.0125');
    },
  },
  {
    system: 'DataSync, whose Basic mode takes 50 million files',
    job: onPremises({ files: 60_000_000 }),
    says: (plan) => {
      expect(rejected(plan, 'datasync-basic')?.reason).toContain('50,000,000 files');
      expect(rejected(plan, 'datasync-enhanced')?.usd).toBeGreaterThan(0);
    },
  },
  {
    system: 'S3 Transfer Acceleration',
    job: onPremises({}),
    says: (plan) =>
      expect(rejected(plan, 's3-transfer-acceleration')?.reason).toContain('no faster than 100 Mbps'),
  },
  {
    system: 'CPU optimised instances',
    job: { resources: { cores: 16, arch: 'x86_64' }, purchase: 'on-demand' },
    says: ({ chosen }) => expect(chosen.instanceType).toMatch(/^c\d/),
  },
  {
    system: 'GPU optimised instances',
    job: { resources: { cores: 8, gpus: 4 }, purchase: 'on-demand' },
    says: ({ chosen, warnings }) => {
      expect(chosen.instanceType).toMatch(/^[gp]\d/);
      expect(warnings.map(({ code }) => code)).toContain('gpu_speed_not_modelled');
    },
  },
  {
    system: 'Spot Instances',
    job: { purchase: 'spot', walltimeSeconds: 7_200 },
    says: ({ chosen, why }) => {
      expect(chosen.purchase).toBe('spot');
      expect(chosen.attempt.formula).toContain('λ');
      expect(chosen.compute.formula).toContain('of On-Demand');
      expect(why.length).toBeGreaterThan(0);
    },
  },
  {
    system: 'Spot Fleets',
    job: { purchase: 'spot' },
    says: (plan) => expect(rejected(plan, 'Spot Fleet')?.reason).toMatch(/^legacy.*EC2 Fleet.*Auto Scaling/),
  },
  {
    system: 'Placement groups, of the cluster kind',
    job: gang('low-latency'),
    says: ({ chosen }) => expect(chosen.placement).toBe('cluster'),
  },
  {
    system: 'Elastic Network Adapter, beyond 100 Gbps by now',
    job: { resources: { cores: 192 } },
    engines: only('c8gn.48xlarge'),
    says: ({ chosen }) => expect(chosen.network).toBe('ENA, 600 Gbps'),
  },
  {
    system: 'Intel 82599, which is legacy',
    job: {},
    engines: only('c4.8xlarge'),
    says: ({ chosen, warnings }) => {
      expect(chosen.network).toBe('Intel 82599, up to 10 Gbps: legacy');
      expect(warnings.map(({ code }) => code)).toContain('legacy_network');
    },
  },
  {
    system: 'Elastic Fabric Adapter',
    job: gang('efa'),
    says: ({ chosen }) => {
      expect(chosen.network).toMatch(/^EFA/);
      expect(chosen.placement).toBe('cluster');
    },
  },
  {
    system: 'MPI',
    job: gang('any'),
    says: ({ chosen, why }) => {
      expect(chosen.instances).toBe(4);
      expect(why.join(' ')).toContain('MPI over 4 nodes, all of them or none');
    },
  },
  {
    system: 'EBS io2 Block Express with 256,000 IOPS',
    job: storing({ gib: 1_000, iops: 256_000 }),
    engines: only('c8gn.48xlarge'),
    says: ({ chosen }) => {
      expect(chosen.storage[0]?.name).toBe('io2');
      expect(chosen.storage[0]?.what).toContain('256,000 IOPS');
    },
  },
  {
    system: 'EBS gp3, for what does not need more',
    job: storing({ gib: 1_000, iops: 10_000, mibPerSecond: 500 }),
    engines: only('c8g.4xlarge'),
    says: (plan) => {
      expect(plan.chosen.storage[0]?.name).toBe('gp3');
      expect(rejected(plan, 'io2')?.usd).toBeGreaterThan(plan.chosen.storage[0]!.cost.likely);
    },
  },
  {
    system: 'Instance store, with millions of IOPS',
    job: storing({ gib: 10_000, iops: 1_500_000 }),
    says: ({ chosen }) => {
      expect(chosen.storage[0]?.name).toBe('instance-store');
      expect(chosen.storage[0]?.what).toContain('gone when the instance goes');
    },
  },
  {
    system: 'S3, which is no file system',
    job: storing({ gib: 100, shared: true }),
    says: (plan) => expect(rejected(plan, 'S3')?.reason).toMatch(/not a file system/),
  },
  {
    system: 'EFS, for little that is shared for long',
    job: storing({ gib: 20, shared: true }, { walltimeSeconds: 86_400 }),
    says: ({ chosen }) => expect(chosen.storage[0]?.name).toBe('EFS'),
  },
  {
    system: 'FSx for Lustre, for much that is shared and fast',
    job: storing({ gib: 5_000, mibPerSecond: 3_000, shared: true }),
    says: ({ chosen }) => {
      expect(chosen.storage[0]?.name).toMatch(/^FSx for Lustre/);
      expect(chosen.storage[0]?.what).toContain('linked to S3');
    },
  },
  {
    system: 'FSx for Lustre with EFA, which comes in larger steps',
    job: {
      ...gang('efa'),
      resources: { cores: 16, storage: { gib: 3_000, mibPerSecond: 4_400, shared: true } },
    },
    says: ({ chosen }) => {
      // 4,613.7 MB/s at 1,000 MB/s per TiB are 4,724 GiB, and so 4,800.
      expect(chosen.storage[0]?.name).toBe('FSx for Lustre PERSISTENT_2-1000');
      expect(chosen.storage[0]?.what).toContain('4,800 GiB, 4,688 MB/s, linked to S3, with EFA');
    },
  },
  {
    system: 'FSx for Lustre in its smallest size, where that is fast enough',
    job: storing({ gib: 1_000, mibPerSecond: 1_100, shared: true }),
    says: ({ chosen }) => expect(chosen.storage[0]?.what).toContain('PERSISTENT_2-1000 of 1,200 GiB'),
  },
  {
    system: 'AWS Batch, multi-node parallel',
    job: gang('efa'),
    engines: [BATCH],
    says: ({ chosen, why, others }) => {
      expect(chosen.purchase).toBe('on-demand');
      expect(why.join(' ')).toContain('multi-node parallel job of AWS Batch');
      expect(others.find(({ code }) => code === 'batch_mnp_spot')?.message).toContain('On-Demand only');
    },
  },
  {
    system: 'ParallelCluster, which has Spot for several nodes too',
    job: { ...gang('efa'), purchase: 'spot', checkpoint: { everySeconds: 600 } },
    engines: [CLUSTER],
    says: ({ chosen, why }) => {
      expect(chosen.engine.kind).toBe('slurm');
      expect(chosen.attempt.formula).toContain('× 4 nodes');
      expect(why.join(' ')).toContain('one Slurm job');
    },
  },
];

describe('A plan says of each system of HPC what it is worth here', () => {
  it.each(ROWS)('$system', ({ job, engines, says }) => {
    says(planFor(job, engines ?? [BATCH, CLUSTER]));
  });
});

interface Refused {
  what: string;
  job: object;
  engines?: readonly EngineOffer[];
  code: string;
  says: RegExp;
}

const REFUSED: Refused[] = [
  {
    what: 'multi-node parallel on Spot, by Batch',
    job: { ...gang('any'), purchase: 'spot' },
    engines: [BATCH],
    code: 'batch_mnp_spot',
    says: /On-Demand only/,
  },
  {
    what: 'hpc types on Spot',
    job: { purchase: 'spot' },
    engines: only('hpc7g.16xlarge'),
    code: 'hpc_on_demand_only',
    says: /hpc7g.16xlarge is sold On-Demand only/,
  },
  {
    what: 'EFA over several zones',
    job: gang('efa'),
    engines: [{ ...CLUSTER, zones: 3 }],
    code: 'efa_across_zones',
    says: /3 zones.*cannot leave one/,
  },
  {
    what: 'EFA without a placement group',
    job: gang('efa'),
    engines: [{ ...CLUSTER, placementGroup: false }],
    code: 'efa_without_placement_group',
    says: /cluster placement group/,
  },
  {
    what: 'EFA where no type has it',
    job: gang('efa'),
    engines: only('c8g.16xlarge'),
    code: 'no_efa',
    says: /no Elastic Fabric Adapter/,
  },
  {
    what: 'low latency on Intel 82599',
    job: gang('low-latency'),
    engines: only('c4.8xlarge'),
    code: 'legacy_network',
    says: /at most 10 Gbps: legacy/,
  },
  {
    what: 'io2 beyond what the instance can take',
    job: storing({ gib: 1_000, iops: 256_000 }),
    engines: only('hpc7g.16xlarge'),
    code: 'io2_beyond_instance',
    says: /hpc7g.16xlarge itself has at most 11,000 IOPS to EBS/,
  },
  {
    what: 'more IOPS than any volume has, and no instance store',
    job: storing({ gib: 1_000, iops: 300_000 }),
    engines: only('c8gn.48xlarge'),
    code: 'io2_beyond_volume',
    says: /at most 256,000 IOPS/,
  },
  {
    what: 'more than 20 dependencies on Batch',
    job: { dependsOn: Array.from({ length: 21 }, (_, i) => ({ job: `j${i}` })) },
    engines: [BATCH],
    code: 'batch_too_many_dependencies',
    says: /takes 20 dependencies, and this has 21/,
  },
  {
    what: 'more memory than the largest type has',
    job: { resources: { cores: 1, memoryMiB: 20 * 1_048_576 } },
    code: 'too_little_memory',
    says: /u7i-12tb.224xlarge has 11,428 GiB/,
  },
  {
    what: 'more GPUs than any type has',
    job: { resources: { gpus: 16 } },
    code: 'too_few_gpus',
    says: /has 8 GPUs, and 16/,
  },
  {
    what: 'work that is longer than its walltime',
    job: { workSeconds: 7_200, walltimeSeconds: 600 },
    code: 'walltime_too_short',
    says: /is ended after 10 min/,
  },
  {
    what: 'an array on Spot that may not be tried again, as one of a thousand is reclaimed nearly always',
    job: { array: { size: 1_000 }, walltimeSeconds: 14_400, retries: { preemption: 0 }, purchase: 'spot' },
    code: 'spot_beyond_retries',
    says: /retries\.preemption 0 would not do/,
  },
  {
    what: 'work that Spot takes away faster than it is done',
    job: {
      mpi: { nodes: 300, ranksPerNode: 16 },
      purchase: 'spot',
      workSeconds: 1_000_000,
      walltimeSeconds: 2_000_000,
      checkpoint: { everySeconds: 86_400, costSeconds: 600 },
      retries: { preemption: 1_000 },
    },
    engines: [{ ...CLUSTER, cores: 100_000, instanceTypes: ['c8g.4xlarge'] }],
    code: 'spot_never_ends',
    says: /more often/,
  },
  {
    what: 'a cap below what is likely',
    job: { resources: { cores: 64 }, walltimeSeconds: 86_400, maxCostUsd: 1 },
    code: 'over_max_cost',
    says: /cheapest way costs .* USD with what is likely to be lost, and maxCostUsd is 1.00 USD/,
  },
  {
    what: 'a deadline that nothing keeps',
    job: { walltimeSeconds: 36_000, deadline: '2026-11-23T13:00:00Z' },
    code: 'deadline_unreachable',
    says: /is in 60 min; the soonest that can be kept is in 10.2 h/,
  },
  {
    what: 'data on premises with a deadline that only an order could keep',
    job: { ...onPremises({ uplinkMbps: undefined }), deadline: '2026-12-23T12:00:00Z' },
    code: 'deadline_unreachable',
    says: /data by direct-connect/,
  },
  { what: 'an engine that is not there', job: { engine: 'elsewhere' }, code: 'no_engine', says: /elsewhere/ },
  {
    what: 'a gang that is larger than its engine',
    job: { mpi: { nodes: 100, ranksPerNode: 192 } },
    engines: [{ ...CLUSTER, cores: 1_000 }],
    code: 'engine_too_small',
    says: /1,000 cores in all/,
  },
];

describe('What cannot run is refused before it is queued, with the rule that it breaks', () => {
  it.each(REFUSED)('$what', ({ job, engines, code, says }) => {
    const answer = answerFor(job, engines ?? [BATCH, CLUSTER]);
    const refused = 'refused' in answer ? answer.refused : [];
    expect(refused.map((rule) => rule.code)).toContain(code);
    const rule = refused.find((one) => one.code === code);
    expect(rule?.message).toMatch(says);
    expect(rule?.source).not.toBe('');
  });
});
