import {
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DeleteSnapshotCommand,
  DescribeSnapshotsCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect } from 'vitest';
import type { Suite } from './contract.ts';
import { defined, refusal, unhurried, uniqueName } from './helpers.ts';
import { newSnapshot, newVolume, readSnapshot, volumeIs } from './volumes.ts';

const ABSENT = 'snap-00000000000000000';

export const describeSnapshots: Suite = ({ target, test }) => {
  describe('Snapshots', () => {
    test('a snapshot is pending, and then completed', async (aws) => {
      const VolumeId = await newVolume(aws);
      const made = await aws.ec2.send(new CreateSnapshotCommand({ VolumeId, Description: 'daily' }));
      expect(made).toMatchObject({ State: 'pending', VolumeId, VolumeSize: 8, Description: 'daily' });
      const id = await newSnapshot(aws, VolumeId);
      expect(await readSnapshot(aws, id)).toMatchObject({ State: 'completed', Progress: '100%' });
    });

    test('a volume is made of a snapshot, in any zone, and no smaller', async (aws) => {
      const SnapshotId = await newSnapshot(aws, await newVolume(aws, { Encrypted: true }));
      const create = (Size?: number) =>
        aws.ec2.send(
          new CreateVolumeCommand({ AvailabilityZone: 'us-east-1b', SnapshotId, ...(Size && { Size }) }),
        );
      const { VolumeId = '' } = await create();
      expect(await volumeIs(aws, VolumeId, 'available')).toMatchObject({
        SnapshotId,
        Size: 8,
        Encrypted: true,
        AvailabilityZone: 'us-east-1b',
      });
      expect((await create(20)).Size).toBe(20);
      expect((await refusal(create(4))).code).toBe('InvalidParameterValue');
    });

    test('a volume is not made of a snapshot that is not completed', async (aws) => {
      const VolumeId = await newVolume(aws);
      const { SnapshotId } = await unhurried({ ...aws, target }, () =>
        aws.ec2.send(new CreateSnapshotCommand({ VolumeId })),
      );
      const early = aws.ec2.send(new CreateVolumeCommand({ AvailabilityZone: 'us-east-1a', SnapshotId }));
      expect((await refusal(early)).code).toBe('IncorrectState');
    });

    test('snapshots of this account are found by tag, volume and state', async (aws) => {
      const [Value, volume] = [uniqueName('data'), await newVolume(aws)];
      const Tags = [{ Key: 'Role', Value }];
      const id = await newSnapshot(aws, volume, {
        TagSpecifications: [{ ResourceType: 'snapshot', Tags }],
      });
      for (const [Name, right, wrong] of [
        ['tag:Role', Value, 'x'],
        ['volume-id', volume, 'vol-00000000000000000'],
        ['status', 'completed', 'pending'],
      ] as const) {
        for (const value of [right, wrong]) {
          const Filters = [
            { Name: 'snapshot-id', Values: [id] },
            { Name, Values: [value] },
          ];
          const { Snapshots } = await aws.ec2.send(
            new DescribeSnapshotsCommand({ OwnerIds: ['self'], Filters }),
          );
          expect([Name, Snapshots?.length]).toEqual([Name, value === right ? 1 : 0]);
        }
      }
    });

    test('snapshots come in pages', async (aws) => {
      const VolumeId = await newVolume(aws);
      for (let i = 0; i < 6; i += 1) await aws.ec2.send(new CreateSnapshotCommand({ VolumeId }));
      const Filters = [{ Name: 'volume-id', Values: [VolumeId] }];
      const read = (NextToken?: string) =>
        aws.ec2.send(
          new DescribeSnapshotsCommand({ Filters, MaxResults: 5, ...(NextToken && { NextToken }) }),
        );
      const first = await read();
      expect(first.Snapshots).toHaveLength(5);
      const second = await read(defined(first.NextToken, 'NextToken'));
      const ids = [first, second].flatMap(({ Snapshots = [] }) => Snapshots.map((one) => one.SnapshotId));
      expect(new Set(ids).size).toBe(6);
    });

    test('a snapshot is deleted', async (aws) => {
      const SnapshotId = await newSnapshot(aws, await newVolume(aws));
      await aws.ec2.send(new DeleteSnapshotCommand({ SnapshotId }));
      expect((await refusal(readSnapshot(aws, SnapshotId))).code).toBe('InvalidSnapshot.NotFound');
    });

    test('a snapshot that does not exist is neither shown nor used', async (aws) => {
      expect((await refusal(readSnapshot(aws, ABSENT))).code).toBe('InvalidSnapshot.NotFound');
      const made = aws.ec2.send(
        new CreateVolumeCommand({ AvailabilityZone: 'us-east-1a', SnapshotId: ABSENT }),
      );
      expect((await refusal(made)).code).toBe('InvalidSnapshot.NotFound');
    });

    test('a volume that does not exist has no snapshot', async (aws) => {
      const made = aws.ec2.send(new CreateSnapshotCommand({ VolumeId: 'vol-00000000000000000' }));
      expect((await refusal(made)).code).toBe('InvalidVolume.NotFound');
    });
  });
};
