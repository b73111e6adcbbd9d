import {
  CreateTagsCommand,
  DeleteTagsCommand,
  DescribeInstancesCommand,
  DescribeInstanceStatusCommand,
  DescribeNetworkInterfacesCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect } from 'vitest';
import type { Suite } from './contract.ts';
import { newVpc } from './ec2.ts';
import { defined, eventually, refusal, uniqueName } from './helpers.ts';
import { IMAGE, inState, launch, readInstance, runningInstance, subnetIn } from './instances.ts';

const ABSENT = 'i-00000000000000000';

export const describeInstances: Suite = ({ test }) => {
  describe('Instances', () => {
    test('an instance is pending when it is launched, and then runs', async (aws) => {
      const subnet = await subnetIn(aws, 'b');
      const made = await launch(aws, subnet);
      expect(made).toMatchObject({ State: { Name: 'pending', Code: 0 }, ImageId: IMAGE, SubnetId: subnet });
      const running = await inState(aws, made.InstanceId!, 'running');
      expect(running).toMatchObject({
        State: { Code: 16 },
        Placement: { AvailabilityZone: 'us-east-1b' },
        PrivateIpAddress: expect.stringMatching(/^10\.0\.\d+\.\d+$/),
      });
    });

    test('an instance has a primary network interface with its private address', async (aws) => {
      const id = await runningInstance(aws, await subnetIn(aws));
      const { PrivateIpAddress, NetworkInterfaces } = await readInstance(aws, id);
      expect(NetworkInterfaces).toHaveLength(1);
      const NetworkInterfaceIds = [defined(NetworkInterfaces?.[0]?.NetworkInterfaceId)];
      const { NetworkInterfaces: [card] = [] } = await aws.ec2.send(
        new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds }),
      );
      expect(card).toMatchObject({
        PrivateIpAddress,
        Status: 'in-use',
        Attachment: { InstanceId: id, DeviceIndex: 0 },
        RequesterManaged: false,
      });
    });

    test('an instance goes through shutting-down, and stays to be seen when it is terminated', async (aws) => {
      const id = await runningInstance(aws, await subnetIn(aws));
      const { TerminatingInstances } = await aws.ec2.send(
        new TerminateInstancesCommand({ InstanceIds: [id] }),
      );
      expect(TerminatingInstances).toMatchObject([
        { InstanceId: id, PreviousState: { Name: 'running' }, CurrentState: { Name: 'shutting-down' } },
      ]);
      expect(await inState(aws, id, 'terminated')).toMatchObject({ State: { Code: 48 } });
      await aws.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    });

    test('an instance is stopped and started, and keeps its private address', async (aws) => {
      const id = await runningInstance(aws, await subnetIn(aws));
      const { PrivateIpAddress } = await readInstance(aws, id);
      const { StoppingInstances } = await aws.ec2.send(new StopInstancesCommand({ InstanceIds: [id] }));
      expect(StoppingInstances).toMatchObject([{ CurrentState: { Name: 'stopping' } }]);
      expect(await inState(aws, id, 'stopped')).toMatchObject({ PrivateIpAddress });
      const { StartingInstances } = await aws.ec2.send(new StartInstancesCommand({ InstanceIds: [id] }));
      expect(StartingInstances).toMatchObject([
        { PreviousState: { Name: 'stopped' }, CurrentState: { Name: 'pending' } },
      ]);
      expect(await inState(aws, id, 'running')).toMatchObject({ PrivateIpAddress });
    });

    test('a terminated instance is neither stopped nor started', async (aws) => {
      const id = await runningInstance(aws, await subnetIn(aws));
      await aws.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
      await inState(aws, id, 'terminated');
      const start = aws.ec2.send(new StartInstancesCommand({ InstanceIds: [id] }));
      expect((await refusal(start)).code).toBe('IncorrectInstanceState');
      const stop = aws.ec2.send(new StopInstancesCommand({ InstanceIds: [id] }));
      expect((await refusal(stop)).code).toBe('IncorrectInstanceState');
    });

    test('the same client token makes the same instance', async (aws) => {
      const [subnet, ClientToken] = [await subnetIn(aws), uniqueName('token')];
      const [first, again] = [
        await launch(aws, subnet, { ClientToken }),
        await launch(aws, subnet, { ClientToken }),
      ];
      expect(again.InstanceId).toBe(first.InstanceId);
      const other = launch(aws, subnet, { ClientToken, InstanceType: 't3.small' });
      expect((await refusal(other)).code).toBe('IdempotentParameterMismatch');
    });

    test('several are launched together, under one reservation', async (aws) => {
      const SubnetId = await subnetIn(aws);
      const { ReservationId, Instances } = await aws.ec2.send(
        new RunInstancesCommand({
          ImageId: IMAGE,
          InstanceType: 't3.micro',
          MinCount: 2,
          MaxCount: 3,
          SubnetId,
        }),
      );
      expect(Instances).toHaveLength(3);
      expect(Instances?.map(({ AmiLaunchIndex }) => AmiLaunchIndex)).toEqual([0, 1, 2]);
      expect(new Set(Instances?.map(({ PrivateIpAddress }) => PrivateIpAddress)).size).toBe(3);
      const InstanceIds = Instances?.map(({ InstanceId = '' }) => InstanceId);
      const { Reservations } = await aws.ec2.send(new DescribeInstancesCommand({ InstanceIds }));
      expect(Reservations?.map((one) => one.ReservationId)).toEqual([ReservationId]);
    });

    test('instances are found by state, tag, network and zone', async (aws) => {
      const [Value, subnet] = [uniqueName('web'), await subnetIn(aws, 'c')];
      const Tags = [{ Key: 'Role', Value }];
      const id = await runningInstance(aws, subnet, {
        TagSpecifications: [{ ResourceType: 'instance', Tags }],
      });
      const { VpcId = '' } = await readInstance(aws, id);
      const find = async (more: { Name: string; Values: string[] }) => {
        const Filters = [{ Name: 'tag:Role', Values: [Value] }, more];
        const { Reservations = [] } = await aws.ec2.send(new DescribeInstancesCommand({ Filters }));
        return Reservations.flatMap(({ Instances = [] }) => Instances.map((one) => one.InstanceId));
      };
      for (const [Name, right, wrong] of [
        ['instance-id', id, ABSENT],
        ['instance-state-name', 'running', 'stopped'],
        ['vpc-id', VpcId, 'vpc-00000000000000000'],
        ['subnet-id', subnet, 'subnet-00000000000000000'],
        ['availability-zone', 'us-east-1c', 'us-east-1a'],
        ['tag-key', 'Role', 'Name'],
      ] as const) {
        expect([Name, await find({ Name, Values: [right] })]).toEqual([Name, [id]]);
        expect([Name, await find({ Name, Values: [wrong] })]).toEqual([Name, []]);
      }
    });

    test('instances come in pages', async (aws) => {
      const SubnetId = await subnetIn(aws);
      await aws.ec2.send(
        new RunInstancesCommand({
          ImageId: IMAGE,
          InstanceType: 't3.micro',
          MinCount: 6,
          MaxCount: 6,
          SubnetId,
        }),
      );
      const Filters = [{ Name: 'subnet-id', Values: [SubnetId] }];
      const read = async (NextToken?: string) => {
        const page = await aws.ec2.send(
          new DescribeInstancesCommand({ Filters, MaxResults: 5, ...(NextToken && { NextToken }) }),
        );
        const ids = (page.Reservations ?? []).flatMap(({ Instances = [] }) =>
          Instances.map(({ InstanceId }) => InstanceId),
        );
        return { ids, next: page.NextToken };
      };
      const first = await read();
      expect(first.ids).toHaveLength(5);
      const second = await read(defined(first.next, 'NextToken'));
      expect(new Set([...first.ids, ...second.ids]).size).toBe(6);
      expect(second.next ?? '').toBe('');
    });

    test('status checks pass, of instances that run', async (aws) => {
      const id = await runningInstance(aws, await subnetIn(aws, 'd'));
      const InstanceIds = [id];
      const status = await eventually('the checks pass', aws.patience, async () => {
        const answer = await aws.ec2.send(new DescribeInstanceStatusCommand({ InstanceIds }));
        return answer.InstanceStatuses?.find(({ InstanceStatus }) => InstanceStatus?.Status === 'ok');
      });
      expect(status).toMatchObject({
        AvailabilityZone: 'us-east-1d',
        InstanceState: { Name: 'running' },
        SystemStatus: { Status: 'ok' },
      });
      await aws.ec2.send(new StopInstancesCommand({ InstanceIds }));
      await inState(aws, id, 'stopped');
      const read = async (IncludeAllInstances: boolean) =>
        (await aws.ec2.send(new DescribeInstanceStatusCommand({ InstanceIds, IncludeAllInstances })))
          .InstanceStatuses;
      expect(await read(false)).toEqual([]);
      expect(await read(true)).toMatchObject([
        { InstanceState: { Name: 'stopped' }, InstanceStatus: { Status: 'not-applicable' } },
      ]);
    });

    test('an instance is tagged later, and untagged', async (aws) => {
      const id = await runningInstance(aws, await subnetIn(aws));
      const tag = (Value: string) =>
        aws.ec2.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: 'State', Value }] }));
      await tag('new');
      await tag('old');
      expect((await readInstance(aws, id)).Tags).toEqual([{ Key: 'State', Value: 'old' }]);
      const untag = (Value?: string) =>
        aws.ec2.send(new DeleteTagsCommand({ Resources: [id], Tags: [{ Key: 'State', Value }] }));
      await untag('new');
      expect((await readInstance(aws, id)).Tags).toEqual([{ Key: 'State', Value: 'old' }]);
      await untag();
      expect((await readInstance(aws, id)).Tags ?? []).toEqual([]);
    });

    test('a tag of AWS itself is not for everybody', async (aws) => {
      const id = await runningInstance(aws, await subnetIn(aws));
      const Tags = [{ Key: 'aws:mine', Value: 'x' }];
      const tag = aws.ec2.send(new CreateTagsCommand({ Resources: [id], Tags }));
      expect((await refusal(tag)).code).toBe('InvalidParameterValue');
    });

    test('an instance that does not exist is neither shown nor terminated', async (aws) => {
      const InstanceIds = [ABSENT];
      const read = aws.ec2.send(new DescribeInstancesCommand({ InstanceIds }));
      expect((await refusal(read)).code).toBe('InvalidInstanceID.NotFound');
      const end = aws.ec2.send(new TerminateInstancesCommand({ InstanceIds }));
      expect((await refusal(end)).code).toBe('InvalidInstanceID.NotFound');
    });

    test('what is no id of an instance is malformed', async (aws) => {
      const read = aws.ec2.send(new DescribeInstancesCommand({ InstanceIds: ['web'] }));
      expect((await refusal(read)).code).toBe('InvalidInstanceID.Malformed');
    });

    test('an instance in a subnet that does not exist is refused', async (aws) => {
      const made = launch(aws, 'subnet-00000000000000000');
      expect((await refusal(made)).code).toBe('InvalidSubnetID.NotFound');
    });

    test('an instance with a security group of another VPC is refused', async (aws) => {
      const [subnet, other] = [await subnetIn(aws), await subnetIn(aws, 'a', await newVpc(aws))];
      const { SecurityGroups } = await launch(aws, other);
      const SecurityGroupIds = [defined(SecurityGroups?.[0]?.GroupId)];
      expect((await refusal(launch(aws, subnet, { SecurityGroupIds }))).code).toBe('InvalidParameter');
    });

    test('more instances at least than at most are refused', async (aws) => {
      const made = launch(aws, await subnetIn(aws), { MinCount: 2, MaxCount: 1 });
      expect((await refusal(made)).code).toBe('InvalidParameterValue');
    });

    test('user data above 16 KB is refused', async (aws) => {
      const subnet = await subnetIn(aws);
      const of = (bytes: number) => ({ UserData: Buffer.alloc(bytes, 'x').toString('base64') });
      await launch(aws, subnet, of(16_384));
      expect((await refusal(launch(aws, subnet, of(16_385)))).code).toBe('InvalidParameterValue');
    });

    test('user data that is not base64 is refused', async (aws) => {
      const made = launch(aws, await subnetIn(aws), { UserData: '#!/bin/bash' });
      expect((await refusal(made)).code).toBe('InvalidUserData.Malformed');
    });
  });
};
