import {
  CreateAutoScalingGroupCommand,
  DeleteAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
  DescribeAutoScalingInstancesCommand,
  DescribeScalingActivitiesCommand,
  SetDesiredCapacityCommand,
  SetInstanceHealthCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { describe, expect } from 'vitest';
import type { Aws, Suite } from './contract.ts';
import { defined, eventually, refusal, uniqueName } from './helpers.ts';
import { hasLeft, memberIn, membersIn, membersOf, newGroup, readGroup, stateOf } from './groups.ts';
import { inState, newTemplate, readInstance, subnetIn } from './instances.ts';

const setDesired = (aws: Aws, AutoScalingGroupName: string, DesiredCapacity: number) =>
  aws.autoScaling.send(new SetDesiredCapacityCommand({ AutoScalingGroupName, DesiredCapacity }));

const remove = (aws: Aws, AutoScalingGroupName: string, ForceDelete = false) =>
  aws.autoScaling.send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName, ForceDelete }));

const terminate = (aws: Aws, InstanceId: string, ShouldDecrementDesiredCapacity: boolean) =>
  aws.autoScaling.send(
    new TerminateInstanceInAutoScalingGroupCommand({ InstanceId, ShouldDecrementDesiredCapacity }),
  );

export const describeAutoScalingGroups: Suite = ({ test }) => {
  describe('Auto Scaling groups', () => {
    test('a group launches what it is to have', async (aws) => {
      const name = await newGroup(aws, { MaxSize: 2, DesiredCapacity: 2 });
      const members = await membersIn(aws, name, 'InService', 2);
      expect(await readGroup(aws, name)).toMatchObject({
        MinSize: 0,
        MaxSize: 2,
        DesiredCapacity: 2,
        HealthCheckType: 'EC2',
        AvailabilityZones: ['us-east-1a'],
      });
      for (const { InstanceId, HealthStatus } of members) {
        expect(HealthStatus).toBe('Healthy');
        expect((await readInstance(aws, InstanceId)).State?.Name).toBe('running');
      }
    });

    test('instances of a group have its tags, and one that names it', async (aws) => {
      const Tags = [
        { Key: 'Name', Value: 'bastion', PropagateAtLaunch: true },
        { Key: 'Own', Value: 'x', PropagateAtLaunch: false },
      ];
      const name = await newGroup(aws, { Tags });
      const { InstanceId } = await memberIn(aws, name, 'InService');
      const found = (await readInstance(aws, InstanceId)).Tags ?? [];
      expect(found).toContainEqual({ Key: 'Name', Value: 'bastion' });
      expect(found).toContainEqual({ Key: 'aws:autoscaling:groupName', Value: name });
      expect(found.map(({ Key }) => Key)).not.toContain('Own');
    });

    test('a group spreads its instances over its zones', async (aws) => {
      const name = await newGroup(aws, { MaxSize: 4, DesiredCapacity: 4 }, ['a', 'b']);
      const members = await membersIn(aws, name, 'InService', 4);
      expect(members.map(({ AvailabilityZone }) => String(AvailabilityZone)).toSorted()).toEqual([
        'us-east-1a',
        'us-east-1a',
        'us-east-1b',
        'us-east-1b',
      ]);
    });

    test('a group grows and shrinks as it is told to', async (aws) => {
      const name = await newGroup(aws, { MaxSize: 3 });
      await membersIn(aws, name, 'InService', 1);
      await setDesired(aws, name, 3);
      await membersIn(aws, name, 'InService', 3);
      await setDesired(aws, name, 1);
      await eventually('one is left', aws.patience, async () =>
        (await membersOf(aws, name)).length === 1 ? true : undefined,
      );
    });

    test('a group is not made larger or smaller than it may be', async (aws) => {
      const name = await newGroup(aws, { MinSize: 1 });
      expect((await refusal(setDesired(aws, name, 2))).code).toBe('ValidationError');
      expect((await refusal(setDesired(aws, name, 0))).code).toBe('ValidationError');
    });

    test('bounds that are changed change what is desired', async (aws) => {
      const name = await newGroup(aws);
      const update = async (MinSize: number, MaxSize: number) => {
        await aws.autoScaling.send(
          new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: name, MinSize, MaxSize }),
        );
        return (await readGroup(aws, name)).DesiredCapacity;
      };
      expect(await update(2, 3)).toBe(2);
      expect(await update(0, 1)).toBe(1);
    });

    test('an instance that somebody terminates is replaced', async (aws) => {
      const name = await newGroup(aws);
      const { InstanceId } = await memberIn(aws, name, 'InService');
      await aws.ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }));
      await hasLeft(aws, name, InstanceId);
      expect((await memberIn(aws, name, 'InService')).InstanceId).not.toBe(InstanceId);
    });

    test('an instance that is called unhealthy is replaced', async (aws) => {
      const name = await newGroup(aws);
      const { InstanceId } = await memberIn(aws, name, 'InService');
      await aws.autoScaling.send(new SetInstanceHealthCommand({ InstanceId, HealthStatus: 'Unhealthy' }));
      await hasLeft(aws, name, InstanceId);
      await inState(aws, InstanceId, 'terminated');
      await memberIn(aws, name, 'InService');
    });

    test('an instance is terminated by its group, and replaced', async (aws) => {
      const name = await newGroup(aws);
      const { InstanceId } = await memberIn(aws, name, 'InService');
      const { Activity } = await terminate(aws, InstanceId, false);
      expect(Activity).toMatchObject({ AutoScalingGroupName: name, StatusCode: 'InProgress' });
      await hasLeft(aws, name, InstanceId);
      expect((await memberIn(aws, name, 'InService')).InstanceId).not.toBe(InstanceId);
    });

    test('an instance is terminated, and the group is smaller from then on', async (aws) => {
      const name = await newGroup(aws, { MinSize: 1, MaxSize: 2, DesiredCapacity: 2 });
      const [first, second] = await membersIn(aws, name, 'InService', 2);
      await terminate(aws, first!.InstanceId, true);
      await hasLeft(aws, name, first!.InstanceId);
      expect((await readGroup(aws, name)).DesiredCapacity).toBe(1);
      const refused = await refusal(terminate(aws, second!.InstanceId, true));
      expect(refused.code).toBe('ValidationError');
    });

    test('an instance of a group is described by its id', async (aws) => {
      const name = await newGroup(aws);
      const { InstanceId } = await memberIn(aws, name, 'InService');
      const { AutoScalingInstances } = await aws.autoScaling.send(
        new DescribeAutoScalingInstancesCommand({ InstanceIds: [InstanceId] }),
      );
      expect(AutoScalingInstances).toMatchObject([
        { InstanceId, AutoScalingGroupName: name, LifecycleState: 'InService', HealthStatus: 'HEALTHY' },
      ]);
      expect(await stateOf(aws, 'i-00000000000000000')).toBeUndefined();
    });

    test('what a group has done is told, the newest first', async (aws) => {
      const name = await newGroup(aws);
      const { InstanceId } = await memberIn(aws, name, 'InService');
      await terminate(aws, InstanceId, false);
      await hasLeft(aws, name, InstanceId);
      await memberIn(aws, name, 'InService');
      const { Activities = [] } = await aws.autoScaling.send(
        new DescribeScalingActivitiesCommand({ AutoScalingGroupName: name }),
      );
      expect(Activities.map(({ Description }) => Description?.split(':')[0])).toEqual([
        'Launching a new EC2 instance',
        'Terminating EC2 instance',
        'Launching a new EC2 instance',
      ]);
      expect(Activities.map(({ StatusCode }) => StatusCode)).toEqual(Array(3).fill('Successful'));
    });

    test('groups are found by tag', async (aws) => {
      const Value = uniqueName('role');
      const name = await newGroup(aws, { Tags: [{ Key: 'Role', Value, PropagateAtLaunch: true }] });
      await newGroup(aws);
      const { AutoScalingGroups } = await aws.autoScaling.send(
        new DescribeAutoScalingGroupsCommand({ Filters: [{ Name: 'tag:Role', Values: [Value] }] }),
      );
      expect(AutoScalingGroups?.map((one) => one.AutoScalingGroupName)).toEqual([name]);
    });

    test('a group that does not exist is not listed, and not changed', async (aws) => {
      const { AutoScalingGroups } = await aws.autoScaling.send(
        new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: ['nobody'] }),
      );
      expect(AutoScalingGroups).toEqual([]);
      expect((await refusal(setDesired(aws, 'nobody', 1))).code).toBe('ValidationError');
    });

    test('a group is deleted when it is empty, or by force', async (aws) => {
      const name = await newGroup(aws);
      const { InstanceId } = await memberIn(aws, name, 'InService');
      expect((await refusal(remove(aws, name))).code).toBe('ResourceInUseFault');
      await remove(aws, name, true);
      await eventually('it is gone', aws.patience, async () => {
        const { AutoScalingGroups } = await aws.autoScaling.send(
          new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }),
        );
        return AutoScalingGroups?.length === 0 ? true : undefined;
      });
      await inState(aws, InstanceId, 'terminated');
    });

    test('the name of a group is taken once', async (aws) => {
      const name = await newGroup(aws);
      const again = newGroup(aws, { AutoScalingGroupName: name });
      expect((await refusal(again)).code).toBe('AlreadyExistsFault');
    });

    for (const [what, options] of [
      ['a minimum above its maximum', { MinSize: 2, MaxSize: 1, DesiredCapacity: 1 }],
      ['more desired than it may have', { DesiredCapacity: 2 }],
      [
        'a launch template that does not exist',
        { LaunchTemplate: { LaunchTemplateId: 'lt-00000000000000000' } },
      ],
      ['a subnet that does not exist', { VPCZoneIdentifier: 'subnet-00000000000000000' }],
    ] as const) {
      test(`a group with ${what} is refused`, async (aws) => {
        expect((await refusal(newGroup(aws, options))).code).toBe('ValidationError');
      });
    }

    test('a group names the version of its launch template', async (aws) => {
      const LaunchTemplateId = await newTemplate(aws);
      const AutoScalingGroupName = uniqueName('group');
      await aws.autoScaling.send(
        new CreateAutoScalingGroupCommand({
          AutoScalingGroupName,
          LaunchTemplate: { LaunchTemplateId, Version: '1' },
          MinSize: 0,
          MaxSize: 1,
          VPCZoneIdentifier: await subnetIn(aws),
        }),
      );
      const group = await readGroup(aws, AutoScalingGroupName);
      expect(defined(group.LaunchTemplate)).toMatchObject({ LaunchTemplateId, Version: '1' });
      expect(group.DesiredCapacity).toBe(0);
    });
  });
};
