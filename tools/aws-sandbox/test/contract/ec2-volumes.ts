import {
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeVolumesCommand,
  DetachVolumeCommand,
  TerminateInstancesCommand,
  type CreateVolumeCommandInput,
} from '@aws-sdk/client-ec2';
import { describe, expect } from 'vitest';
import type { Aws, Suite } from './contract.ts';
import { eventually, refusal, unhurried, uniqueName } from './helpers.ts';
import { inState, launch, runningInstance, subnetIn } from './instances.ts';
import { attach, attached, newVolume, readVolume, volumeIs } from './volumes.ts';

const create = (aws: Aws, options: Partial<CreateVolumeCommandInput>) =>
  aws.ec2.send(new CreateVolumeCommand({ AvailabilityZone: 'us-east-1a', ...options }));

const detach = (aws: Aws, VolumeId: string, options = {}) =>
  aws.ec2.send(new DetachVolumeCommand({ VolumeId, ...options }));

export const describeVolumes: Suite = ({ target, test }) => {
  describe('Volumes', () => {
    test('a volume is created, and then available', async (aws) => {
      const made = await create(aws, { Size: 10, VolumeType: 'gp3', Encrypted: true });
      expect(made).toMatchObject({ State: 'creating', Size: 10, VolumeType: 'gp3', Encrypted: true });
      expect(await volumeIs(aws, made.VolumeId!, 'available')).toMatchObject({
        AvailabilityZone: 'us-east-1a',
        Attachments: [],
        Iops: 3_000,
        Throughput: 125,
      });
    });

    test('the same client token makes the same volume', async (aws) => {
      const ClientToken = uniqueName('token');
      const first = await create(aws, { Size: 10, ClientToken });
      expect((await create(aws, { Size: 10, ClientToken })).VolumeId).toBe(first.VolumeId);
      const other = create(aws, { Size: 11, ClientToken });
      expect((await refusal(other)).code).toBe('IdempotentParameterMismatch');
    });

    test('a volume is attached to an instance, which then uses it', async (aws) => {
      const [instance, volume] = [await runningInstance(aws, await subnetIn(aws)), await newVolume(aws)];
      expect(await attach(aws, volume, instance)).toMatchObject({ State: 'attaching', Device: '/dev/sdf' });
      await eventually('it is attached', aws.patience, async () => {
        const { Attachments: [one] = [] } = await readVolume(aws, volume);
        return one?.State === 'attached' ? one : undefined;
      });
      expect(await readVolume(aws, volume)).toMatchObject({
        State: 'in-use',
        Attachments: [{ InstanceId: instance, Device: '/dev/sdf', DeleteOnTermination: false }],
      });
    });

    test('a volume is detached, and then available again', async (aws) => {
      const [instance, volume] = [await runningInstance(aws, await subnetIn(aws)), await newVolume(aws)];
      await attached(aws, volume, instance);
      expect(await detach(aws, volume)).toMatchObject({ State: 'detaching', InstanceId: instance });
      expect(await volumeIs(aws, volume, 'available')).toMatchObject({ Attachments: [] });
      expect((await refusal(detach(aws, volume))).code).toBe('IncorrectState');
    });

    test('a volume is not attached in another zone', async (aws) => {
      const instance = await runningInstance(aws, await subnetIn(aws, 'b'));
      const far = attach(aws, await newVolume(aws), instance);
      expect((await refusal(far)).code).toBe('InvalidVolume.ZoneMismatch');
    });

    test('a volume that is attached is not attached again', async (aws) => {
      const subnet = await subnetIn(aws);
      const [one, two] = [await runningInstance(aws, subnet), await runningInstance(aws, subnet)];
      const volume = await newVolume(aws);
      await attached(aws, volume, one);
      expect((await refusal(attach(aws, volume, two))).code).toBe('VolumeInUse');
    });

    test('a device that is taken is not taken twice', async (aws) => {
      const instance = await runningInstance(aws, await subnetIn(aws));
      await attached(aws, await newVolume(aws), instance);
      const second = attach(aws, await newVolume(aws), instance);
      expect((await refusal(second)).code).toBe('InvalidParameterValue');
    });

    test('a device that is none is refused', async (aws) => {
      const instance = await runningInstance(aws, await subnetIn(aws));
      const wrong = attach(aws, await newVolume(aws), instance, '/dev/nothing');
      expect((await refusal(wrong)).code).toBe('InvalidParameterValue');
    });

    test('a volume is not attached before it is available', async (aws) => {
      const instance = await runningInstance(aws, await subnetIn(aws));
      const { VolumeId = '' } = await unhurried({ ...aws, target }, () => create(aws, { Size: 8 }));
      expect((await refusal(attach(aws, VolumeId, instance))).code).toBe('IncorrectState');
    });

    test('an instance that is pending takes no volume', async (aws) => {
      const volume = await newVolume(aws);
      const subnet = await subnetIn(aws);
      const { InstanceId = '' } = await unhurried({ ...aws, target }, () => launch(aws, subnet));
      expect((await refusal(attach(aws, volume, InstanceId))).code).toBe('IncorrectState');
    });

    test('a volume outlives the instance that it was attached to', async (aws) => {
      const [instance, volume] = [await runningInstance(aws, await subnetIn(aws)), await newVolume(aws)];
      await attached(aws, volume, instance);
      await aws.ec2.send(new TerminateInstancesCommand({ InstanceIds: [instance] }));
      await inState(aws, instance, 'terminated');
      expect(await volumeIs(aws, volume, 'available')).toMatchObject({ Attachments: [] });
    });

    test('a volume is deleted, but not while it is attached', async (aws) => {
      const [instance, volume] = [await runningInstance(aws, await subnetIn(aws)), await newVolume(aws)];
      const remove = () => aws.ec2.send(new DeleteVolumeCommand({ VolumeId: volume }));
      await attached(aws, volume, instance);
      expect((await refusal(remove())).code).toBe('VolumeInUse');
      await detach(aws, volume);
      await volumeIs(aws, volume, 'available');
      await remove();
      await eventually('it is gone', aws.patience, () =>
        readVolume(aws, volume).then(
          () => undefined,
          (error: Error) => (error.name === 'InvalidVolume.NotFound' ? true : undefined),
        ),
      );
    });

    test('volumes are found by tag, zone, state and instance', async (aws) => {
      const Value = uniqueName('data');
      const instance = await runningInstance(aws, await subnetIn(aws));
      const volume = await newVolume(aws, {
        TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'Role', Value }] }],
      });
      await attached(aws, volume, instance);
      for (const [Name, right, wrong] of [
        ['tag:Role', Value, 'x'],
        ['availability-zone', 'us-east-1a', 'us-east-1b'],
        ['status', 'in-use', 'available'],
        ['attachment.instance-id', instance, 'i-00000000000000000'],
      ] as const) {
        for (const value of [right, wrong]) {
          const Filters = [
            { Name: 'volume-id', Values: [volume] },
            { Name, Values: [value] },
          ];
          const { Volumes } = await aws.ec2.send(new DescribeVolumesCommand({ Filters }));
          expect([Name, Volumes?.length]).toEqual([Name, value === right ? 1 : 0]);
        }
      }
    });

    test('a volume of no size, and of no snapshot, is refused', async (aws) => {
      expect((await refusal(create(aws, {}))).code).toBe('MissingParameter');
    });

    test('a volume larger than its type can be is refused', async (aws) => {
      const large = create(aws, { Size: 16_385, VolumeType: 'gp2' });
      expect((await refusal(large)).code).toBe('InvalidParameterValue');
    });

    test('a volume in a zone that does not exist is refused', async (aws) => {
      const nowhere = create(aws, { Size: 8, AvailabilityZone: 'us-east-1z' });
      expect((await refusal(nowhere)).code).toBe('InvalidZone.NotFound');
    });

    test('a volume that does not exist is neither shown nor attached', async (aws) => {
      const id = 'vol-00000000000000000';
      expect((await refusal(readVolume(aws, id))).code).toBe('InvalidVolume.NotFound');
      const instance = await runningInstance(aws, await subnetIn(aws));
      expect((await refusal(attach(aws, id, instance))).code).toBe('InvalidVolume.NotFound');
    });
  });
};
