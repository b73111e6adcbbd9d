import { Match, type Template } from 'aws-cdk-lib/assertions';
import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { ALL, hpcOf, LEAST, named, resourcesOf } from './hpc.ts';

let template: Template;
beforeAll(() => {
  ({ template } = hpcOf(ALL));
});

/** The compute environment behind the queue of a name. */
function behind(name: string) {
  const [, queue] = resourcesOf(template, 'AWS::Batch::JobQueue').find(
    ([, one]) => one.Properties['JobQueueName'] === `groundwork-prod-${name}`,
  )!;
  const [id] = named(queue.Properties['ComputeEnvironmentOrder']);
  const [, environment] = resourcesOf(template, 'AWS::Batch::ComputeEnvironment').find(
    ([one]) => one === id,
  )!;
  return { environment, resources: environment.Properties['ComputeResources'] as Record<string, unknown> };
}

function launchTemplateOf(name: string): Record<string, unknown> {
  const [id] = named(behind(name).resources['LaunchTemplate']);
  const [, found] = resourcesOf(template, 'AWS::EC2::LaunchTemplate').find(([one]) => one === id)!;
  return found.Properties['LaunchTemplateData'] as Record<string, unknown>;
}

describe('A queue of Batch', () => {
  it.each([
    ['on-demand', 'EC2', 'BEST_FIT_PROGRESSIVE'],
    ['spot', 'SPOT', 'SPOT_PRICE_CAPACITY_OPTIMIZED'],
    ['multi-node', 'EC2', 'BEST_FIT_PROGRESSIVE'],
  ])('%s buys %s by %s, and nothing while it is empty', (name, Type, AllocationStrategy) => {
    const { resources } = behind(name);
    expect(resources).toMatchObject({ Type, AllocationStrategy, MinvCpus: 0, MaxvCpus: 512 });
    // Batch sets it; said here it would be set back with each deployment.
    expect(resources).not.toHaveProperty('DesiredvCpus');
  });

  it('has several families for what runs on one node, in all zones', () => {
    for (const name of ['on-demand', 'spot']) {
      const { resources } = behind(name);
      expect((resources['InstanceTypes'] as string[]).length).toBeGreaterThanOrEqual(6);
      expect(resources['Subnets']).toHaveLength(3);
      expect(resources).not.toHaveProperty('PlacementGroup');
    }
  });

  it('has for several nodes one type, one zone and a cluster placement group', () => {
    const { resources } = behind('multi-node');
    expect(resources['InstanceTypes']).toEqual(['c7gn.16xlarge']);
    expect(resources['Subnets']).toHaveLength(1);
    const [id] = named(resources['PlacementGroup']);
    expect(resourcesOf(template, 'AWS::EC2::PlacementGroup')).toMatchObject([
      [id, { Properties: { Strategy: 'cluster' } }],
    ]);
  });

  it('takes the zone that it is told for several nodes', () => {
    const subnets = ([0, 1, 2] as const).map((zone) => {
      ({ template } = hpcOf({ ...LEAST, zone }));
      return JSON.stringify(behind('multi-node').resources['Subnets']);
    });
    ({ template } = hpcOf(ALL));
    expect(new Set(subnets).size).toBe(3);
    expect(() =>
      hpcOf(
        { ...LEAST, zone: 2 },
        { network: { cidr: '10.0.0.0/16', zones: 2, zoneNames: ['a', 'b'], egress: 'nat' } },
      ),
    ).toThrow(/zone 2, of 2 zones/);
  });

  it('is changed in place, by the role that Batch has anyway, and gives jobs their time', () => {
    template.allResourcesProperties('AWS::Batch::ComputeEnvironment', {
      ReplaceComputeEnvironment: false,
      ServiceRole: Match.absent(),
      ComputeResources: { UpdateToLatestImageVersion: true, SpotIamFleetRole: Match.absent() },
      UpdatePolicy: { TerminateJobsOnUpdate: false, JobExecutionTimeoutMinutes: 360 },
    });
  });

  it('cancels what can never start, and nothing that only waits for instances: the broker moves that', () => {
    template.allResourcesProperties('AWS::Batch::JobQueue', {
      JobStateTimeLimitActions: [
        {
          Action: 'CANCEL',
          State: 'RUNNABLE',
          Reason: 'MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE',
          MaxTimeSeconds: 3_600,
        },
        {
          Action: 'CANCEL',
          State: 'RUNNABLE',
          Reason: 'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT',
          MaxTimeSeconds: 3_600,
        },
      ],
    });
  });
});

describe('A node of Batch', () => {
  it.each(['on-demand', 'spot', 'multi-node'])(
    'of %s has metadata by token only, one hop far, and an encrypted root',
    (name) => {
      expect(launchTemplateOf(name)).toMatchObject({
        MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
        BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeType: 'gp3', Encrypted: true } }],
        TagSpecifications: ['instance', 'volume'].map((ResourceType) => ({
          ResourceType,
          Tags: [{ Key: 'Name' }, { Key: 'groundwork:stage', Value: 'prod' }],
        })),
      });
    },
  );

  it('is told by its template which groups it is in where it has EFA, and else by Batch', () => {
    const [efa] = launchTemplateOf('multi-node')['NetworkInterfaces'] as Record<string, unknown>[];
    expect(efa).toMatchObject({ InterfaceType: 'efa', DeviceIndex: 0, DeleteOnTermination: true });
    expect(efa!['Groups']).toHaveLength(2);
    // They would take the place of those of the interface.
    expect(behind('multi-node').resources).not.toHaveProperty('SecurityGroupIds');
    for (const name of ['on-demand', 'spot']) {
      expect(launchTemplateOf(name)).not.toHaveProperty('NetworkInterfaces');
      expect(behind(name).resources['SecurityGroupIds']).toHaveLength(1);
    }
  });

  it.each(['spot', 'multi-node'])('of %s is given a part of MIME that bash understands', (name) => {
    const { 'Fn::Base64': text } = launchTemplateOf(name)['UserData'] as { 'Fn::Base64': string };
    const [head, , part, end] = text.split(/\n\n|--==NODE==/);
    expect(head).toContain('multipart/mixed; boundary="==NODE=="');
    expect(part === undefined || end === undefined).toBe(false);
    const script = text.slice(text.indexOf('#!/bin/bash'), text.lastIndexOf('--==NODE==--'));
    expect(script).toMatch(/^#!\/bin\/bash\n/);
    expect(script.endsWith('\n')).toBe(true);
    expect(spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    });
    expect(script.includes('modprobe efa')).toBe(name === 'multi-node');
  });
});

describe('What has EFA decides of what all nodes are', () => {
  const typesOf = (efaInstanceType: string) => {
    const made = hpcOf({ ...LEAST, efaInstanceType });
    ({ template } = made);
    const types = behind('spot').resources['InstanceTypes'] as string[];
    return { types, vcpusPerCore: made.hpc.settings['BATCH_VCPUS_PER_CORE'] };
  };

  it.each([
    ['hpc7g.16xlarge', 'c8g', '1'],
    ['c7gn.16xlarge', 'c8g', '1'],
    ['hpc7a.96xlarge', 'c8a', '1'],
    ['hpc6id.32xlarge', 'c8a', '1'],
    ['c8a.48xlarge', 'c8a', '1'],
    ['c6in.32xlarge', 'c8i', '2'],
    ['p5.48xlarge', 'c8i', '2'],
  ])('%s: families as %s, with %s vCPUs a core', (type, family, vcpusPerCore) => {
    const found = typesOf(type);
    expect(found.types).toContain(family);
    expect(found.vcpusPerCore).toBe(vcpusPerCore);
  });
});
