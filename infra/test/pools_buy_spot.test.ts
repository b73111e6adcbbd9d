import { Match, type Template } from 'aws-cdk-lib/assertions';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { scratchScript, sizeFor, type Scratch } from '../constructs/scratch.ts';
import { ALL, hpcOf, LEAST, named, resourcesOf } from './hpc.ts';

let template: Template;
beforeAll(() => {
  ({ template } = hpcOf(ALL));
});

type Overrides = { InstanceType: string }[];
const groups = () =>
  resourcesOf(template, 'AWS::AutoScaling::AutoScalingGroup').map(([, { Properties }]) => {
    const policy = Properties['MixedInstancesPolicy'] as { LaunchTemplate: { Overrides: Overrides } };
    const [id] = named(policy.LaunchTemplate);
    const [, launch] = resourcesOf(template, 'AWS::EC2::LaunchTemplate').find(([one]) => one === id)!;
    const data = launch.Properties['LaunchTemplateData'] as {
      BlockDeviceMappings: { Ebs: Record<string, unknown> }[];
    };
    return { types: policy.LaunchTemplate.Overrides.map((one) => one.InstanceType), data };
  });

describe('A pool', () => {
  it('starts empty, buys Spot by price and capacity beyond one On-Demand, and replaces early what is to be taken away', () => {
    template.resourceCountIs('AWS::AutoScaling::AutoScalingGroup', 2);
    template.allResourcesProperties('AWS::AutoScaling::AutoScalingGroup', {
      MinSize: '0',
      CapacityRebalance: true,
      DesiredCapacity: Match.absent(),
      MixedInstancesPolicy: {
        InstancesDistribution: {
          OnDemandBaseCapacity: 1,
          OnDemandPercentageAboveBaseCapacity: 0,
          SpotAllocationStrategy: 'price-capacity-optimized',
        },
      },
    });
    for (const [, { Properties }] of resourcesOf(template, 'AWS::AutoScaling::AutoScalingGroup')) {
      expect(Properties['VPCZoneIdentifier']).toHaveLength(3);
    }
  });

  it('is of several families, all with an instance store or all with room for the IOPS', () => {
    const [store, io2] = groups();
    expect(store!.types).toHaveLength(6);
    expect(store!.types.every((type) => /^[cmr]\dgd\.4xlarge$/.test(type))).toBe(true);
    expect(io2!.types).toHaveLength(6);
    expect(io2!.types.every((type) => type.endsWith('g.16xlarge'))).toBe(true);
  });

  it('has encrypted volumes, metadata by token only, and of io2 what was asked for', () => {
    for (const { data } of groups()) {
      expect(data).toMatchObject({
        MetadataOptions: { HttpTokens: 'required' },
        Monitoring: { Enabled: true },
      });
      expect(data.BlockDeviceMappings.every(({ Ebs }) => Ebs['Encrypted'] === true)).toBe(true);
    }
    expect(groups()[1]!.data.BlockDeviceMappings).toMatchObject([
      { Ebs: { VolumeType: 'gp3' } },
      { DeviceName: '/dev/sdf', Ebs: { VolumeType: 'io2', VolumeSize: 500, Iops: 64_000 } },
    ]);
  });

  it('is there only where it is asked for', () => {
    hpcOf(LEAST).template.resourceCountIs('AWS::AutoScaling::AutoScalingGroup', 0);
  });
});

describe('The size of its instances', () => {
  const io2 = (iops: number, gib = 1_000): Scratch => ({ kind: 'io2', gib, iops });

  it('is one whose own ceiling lets the IOPS through', () => {
    expect(sizeFor(io2(80_000))).toBe('16xlarge');
    expect(sizeFor(io2(80_001))).toBe('48xlarge');
  });

  it('is none where nothing would', () => {
    expect(() => sizeFor(io2(250_000))).toThrow(/240000 for all their volumes/);
    expect(() => sizeFor(io2(64_000, 63))).toThrow(/64000 need 64 GiB/);
  });
});

describe('/scratch', () => {
  let root: string;
  let bin: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'scratch-'));
    bin = join(root, 'bin');
    for (const folder of [bin, join(root, 'dev/disk/by-id'), join(root, 'etc')])
      mkdirSync(folder, { recursive: true });
    // What would change a machine says what it was asked to do instead.
    for (const name of ['mdadm', 'mkfs.xfs', 'mount', 'dnf', 'sleep']) {
      writeFileSync(join(bin, name), `#!/bin/sh\necho "${name} $*" >>${root}/did\n`);
      chmodSync(join(bin, name), 0o755);
    }
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  /** A disk, and the two names that Amazon Linux has for it. */
  function disk(name: string): void {
    writeFileSync(join(root, 'dev', name), '');
    for (const suffix of ['', '_1']) {
      symlinkSync(
        `../../${name}`,
        join(root, `dev/disk/by-id/nvme-Amazon_EC2_NVMe_Instance_Storage_AWS${name}${suffix}`),
      );
    }
  }

  /** The script, on a machine whose root is a folder. */
  function run(scratch: Scratch) {
    const script = scratchScript(scratch, root);
    // Nothing of this machine's own.
    expect(script.replaceAll(`${root}/`, '').replaceAll('/dev/null', '')).not.toMatch(
      /(?<![\w*])\/(?:dev|etc|scratch)/,
    );
    const { status } = spawnSync('bash', ['-c', script], {
      env: { PATH: `${bin}:/usr/bin:/bin` },
      encoding: 'utf8',
    });
    const did = existsSync(join(root, 'did'))
      ? readFileSync(join(root, 'did'), 'utf8').replaceAll(root, '').trim().split('\n')
      : [];
    const fstab = existsSync(join(root, 'etc/fstab'))
      ? readFileSync(join(root, 'etc/fstab'), 'utf8').replaceAll(root, '')
      : '';
    return { status, did, fstab };
  }

  it('is all disks of the instance as one', () => {
    for (const name of ['nvme1n1', 'nvme2n1']) disk(name);
    expect(run({ kind: 'instance-store' })).toEqual({
      status: 0,
      did: [
        'mdadm --create /dev/md0 --run --level=0 --raid-devices=2 /dev/nvme1n1 /dev/nvme2n1',
        'mkfs.xfs -f -L scratch /dev/md0',
        'mount /dev/md0 /scratch',
      ],
      fstab: 'LABEL=scratch /scratch xfs noatime,nofail 0 0\n',
    });
  });

  it('is the only disk where there is one', () => {
    disk('nvme1n1');
    expect(run({ kind: 'instance-store' }).did).toEqual([
      'mkfs.xfs -f -L scratch /dev/nvme1n1',
      'mount /dev/nvme1n1 /scratch',
    ]);
  });

  it('is never the root: without a disk of its own nothing is formatted', () => {
    const { status, did } = run({ kind: 'instance-store' });
    expect(status).not.toBe(0);
    expect(did).toEqual([]);
  });

  it('is the volume, once it is attached', () => {
    writeFileSync(join(root, 'dev/sdf'), '');
    expect(run({ kind: 'io2', gib: 100, iops: 10_000 })).toMatchObject({
      status: 0,
      did: ['mkfs.xfs -f -L scratch /dev/sdf', 'mount /dev/sdf /scratch'],
    });
  });
});
