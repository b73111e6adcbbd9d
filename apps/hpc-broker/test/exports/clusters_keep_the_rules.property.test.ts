import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toParallelCluster } from '../../src/domain/export/parallelcluster.ts';
import { clusterText } from '../../src/http/exports.ts';
import { anyJob } from './any-job.ts';
import { catalogue, exported, JOBS, placed } from './jobs.ts';
import { parseCluster } from './pcluster-rules.ts';

const needs = fc.record(
  {
    resources: fc.record(
      {
        cores: fc.integer({ min: 1, max: 64 }),
        gpus: fc.constantFrom(0, 0, 0, 1, 8),
        arch: fc.constantFrom('x86_64', 'arm64'),
        scratchGiB: fc.integer({ min: 1, max: 30_000 }),
        storage: fc.record({
          gib: fc.integer({ min: 1, max: 50_000 }),
          iops: fc.option(fc.integer({ min: 1, max: 100_000 }), { nil: undefined }),
          mibPerSecond: fc.option(fc.integer({ min: 1, max: 3_000 }), { nil: undefined }),
          shared: fc.boolean(),
        }),
      },
      { requiredKeys: [] },
    ),
    purchase: fc.constantFrom('any', 'spot', 'on-demand'),
  },
  { requiredKeys: [] },
);
const big = fc.tuple(anyJob, needs).map(([one, more]) => ({ ...one, ...more }));

/** Undefined: no instance would do. */
function clusterOf(input: object): string | undefined {
  const job = exported({ name: 'a_job', command: ['true'], ...input });
  const on = placed(job);
  return on === undefined ? undefined : clusterText(toParallelCluster(job, on, catalogue));
}

describe('A ParallelCluster', () => {
  it('for any job keeps what AWS documents of it', () => {
    const seen = { shared: 0, local: 0, efa: 0, none: 0 };
    fc.assert(
      fc.property(big, (input) => {
        const text = clusterOf(input);
        if (text === undefined) return void seen.none++;
        const cluster = parseCluster(text);
        if (cluster.SharedStorage !== undefined) seen.shared++;
        if (text.includes('LocalStorage:\n')) seen.local++;
        if (text.includes('Efa:\n')) seen.efa++;
      }),
      { numRuns: 300 },
    );
    expect(Math.min(seen.shared, seen.local, seen.efa)).toBeGreaterThan(5);
    expect(seen.none).toBeLessThan(200);
  });

  it('has what the job was planned on', () => {
    const { Scheduling, SharedStorage } = parseCluster(clusterOf(JOBS['weather']!.spec)!);
    expect(Scheduling.SlurmQueues[0]).toMatchObject({
      CapacityType: 'ONDEMAND',
      ComputeResources: [{ MaxCount: 8, Efa: { Enabled: true } }],
      Networking: { PlacementGroup: { Enabled: true } },
    });
    expect(SharedStorage).toMatchObject([
      { StorageType: 'FsxLustre', FsxLustreSettings: { DeploymentType: 'PERSISTENT_2' } },
    ]);
  });

  it('switches threads off where a core has two, as cores are what a job asks for', () => {
    const resourceOf = (arch: string) =>
      parseCluster(clusterOf({ resources: { cores: 16, arch }, mpi: undefined })!).Scheduling.SlurmQueues[0]!
        .ComputeResources[0]!;
    expect(resourceOf('arm64').DisableSimultaneousMultithreading).toBeUndefined();
    const intel = clusterOf({ resources: { cores: 4, gpus: 1 } })!;
    expect(intel).toContain('DisableSimultaneousMultithreading: true');
  });

  it('says when Spot was asked for, and could only be planned as On-Demand', () => {
    const text = clusterOf({ mpi: { nodes: 4, ranksPerNode: 16 }, purchase: 'spot' })!;
    expect(text).toContain('CapacityType: ONDEMAND');
    expect(text.replaceAll('\n#  ', '')).toContain(
      '# - purchase spot: AWS Batch would not run several nodes',
    );
  });
});

/** A venv with aws-parallelcluster of PyPI, which has AWS's own schema. */
const venv = process.env['TEST_PCLUSTER'];
const python = join(venv ?? '', 'bin', 'python');
const missing =
  venv !== undefined && existsSync(python)
    ? undefined
    : 'pip install aws-parallelcluster in a venv, then TEST_PCLUSTER=<its directory>';

/** Each line a configuration as JSON; each answer a list of what is wrong. No AWS is asked. */
const REFEREE = `
import json, os, sys
os.environ.update(AWS_DEFAULT_REGION='us-east-1', AWS_ACCESS_KEY_ID='x', AWS_SECRET_ACCESS_KEY='x')
import yaml
from pcluster.schemas.cluster_schema import ClusterSchema
from pcluster.validators import fsx_validators as fsx, ebs_validators as ebs, cluster_validators as of
def wrong(validator, *args):
    return [f.message for f in validator().execute(*args) if f.level.name == 'ERROR']
for line in sys.stdin:
    config = yaml.safe_load(json.loads(line))
    said = []
    try:
        ClusterSchema(cluster_name='name').load(config)
    except Exception as error:
        said.append(str(error))
    for storage in config.get('SharedStorage', []):
        s = storage.get('FsxLustreSettings')
        if s:
            kind, gib, rate = s['DeploymentType'], s['StorageCapacity'], s.get('PerUnitStorageThroughput')
            said += wrong(fsx.FsxStorageCapacityValidator, gib, kind, None, rate, None, None)
            said += wrong(fsx.FsxPersistentOptionsValidator, kind, None, rate)
            said += wrong(fsx.FsxStorageTypeOptionsValidator, None, kind, rate, None)
        said += wrong(of.NameValidator, storage['Name'])
    for queue in config['Scheduling']['SlurmQueues']:
        said += wrong(of.NameValidator, queue['Name'])
        for resource in queue['ComputeResources']:
            said += wrong(of.NameValidator, resource['Name'])
        v = queue.get('ComputeSettings', {}).get('LocalStorage', {}).get('RootVolume')
        if v:
            said += wrong(ebs.EbsVolumeTypeSizeValidator, v['VolumeType'], v['Size'])
            said += wrong(ebs.EbsVolumeIopsValidator, v['VolumeType'], v['Size'], v['Iops'])
            if 'Throughput' in v:
                said += wrong(ebs.EbsVolumeThroughputValidator, v['VolumeType'], v['Throughput'])
                said += wrong(ebs.EbsVolumeThroughputIopsValidator, v['VolumeType'], v['Iops'], v['Throughput'])
    print(json.dumps(said), flush=True)
`;

function refereed(files: readonly string[]): string[][] {
  const input = files.map((file) => `${JSON.stringify(file)}\n`).join('');
  const { stdout, stderr, status } = spawnSync(python, ['-c', REFEREE], { input, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as string[]);
}

describe(`ParallelCluster itself${missing === undefined ? '' : ` (left out: ${missing})`}`, () => {
  it.skipIf(missing !== undefined)('takes the cluster of any job', { timeout: 60_000 }, () => {
    const files = fc.sample(big, 200).flatMap((input) => clusterOf(input) ?? []);
    expect(files.length).toBeGreaterThan(50);
    const broken = files[0]!.replace('Scheduler: slurm', 'Scheduler: sge');
    const [last, ...rest] = refereed([...files, broken]).toReversed();
    expect(last).not.toEqual([]);
    expect(rest.flat()).toEqual([]);
  });
});
