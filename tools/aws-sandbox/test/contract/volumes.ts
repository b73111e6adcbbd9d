import {
  AttachVolumeCommand,
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  type CreateVolumeCommandInput,
  type Snapshot,
  type Volume,
} from '@aws-sdk/client-ec2';
import type { Aws } from './contract.ts';
import { defined, eventually } from './helpers.ts';

type Waiting = Pick<Aws, 'ec2' | 'patience'>;

export async function readVolume(aws: Waiting, id: string): Promise<Volume> {
  const { Volumes } = await aws.ec2.send(new DescribeVolumesCommand({ VolumeIds: [id] }));
  return defined(Volumes?.[0], `volume ${id}`);
}

export function volumeIs(aws: Waiting, id: string, state: string): Promise<Volume> {
  return eventually(`${id} is ${state}`, aws.patience, async () => {
    const volume = await readVolume(aws, id);
    return volume.State === state ? volume : undefined;
  });
}

/** One that can be used; its id. */
export async function newVolume(
  aws: Waiting,
  options: Partial<CreateVolumeCommandInput> = {},
): Promise<string> {
  const { VolumeId } = await aws.ec2.send(
    new CreateVolumeCommand({ AvailabilityZone: 'us-east-1a', Size: 8, ...options }),
  );
  const id = defined(VolumeId, 'VolumeId');
  await volumeIs(aws, id, 'available');
  return id;
}

export const attach = (aws: Waiting, VolumeId: string, InstanceId: string, Device = '/dev/sdf') =>
  aws.ec2.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device }));

/** Attached, and not only about to be. */
export async function attached(
  aws: Waiting,
  volume: string,
  instance: string,
  device?: string,
): Promise<void> {
  await attach(aws, volume, instance, device);
  await eventually(`${volume} is attached`, aws.patience, async () => {
    const { Attachments: [one] = [] } = await readVolume(aws, volume);
    return one?.State === 'attached' ? one : undefined;
  });
}

export async function readSnapshot(aws: Waiting, id: string): Promise<Snapshot> {
  const { Snapshots } = await aws.ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: [id] }));
  return defined(Snapshots?.[0], `snapshot ${id}`);
}

/** One that is completed; its id. */
export async function newSnapshot(aws: Waiting, VolumeId: string, options = {}): Promise<string> {
  const { SnapshotId } = await aws.ec2.send(new CreateSnapshotCommand({ VolumeId, ...options }));
  const id = defined(SnapshotId, 'SnapshotId');
  await eventually(`${id} is completed`, aws.patience, async () =>
    (await readSnapshot(aws, id)).State === 'completed' ? true : undefined,
  );
  return id;
}
