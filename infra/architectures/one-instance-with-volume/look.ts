import { DescribeAutoScalingGroupsCommand, type AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import {
  DescribeInstancesCommand,
  DescribeInstanceStatusCommand,
  paginateDescribeSnapshots,
  paginateDescribeVolumes,
  type EC2Client,
  type Snapshot as Ec2Snapshot,
  type Volume as Ec2Volume,
} from '@aws-sdk/client-ec2';
import {
  AFTER,
  FOLLOWS,
  GENERATION,
  HELD_BY,
  LET_GO,
  MADE_BY,
  MAKER,
  TAKEN,
  timeIn,
  VOLUME,
  valueOf,
  WAITED,
} from './tags.ts';
import type { Member, Snapshot, Stranger, Volume, World } from './world.ts';

export interface Clients {
  ec2: EC2Client;
  autoScaling: AutoScalingClient;
}

export interface Names {
  /** Of Auto Scaling. */
  group: string;
  /** Of what is followed: in the tags of its volumes and snapshots. */
  volume: string;
}

/** All that a decision needs, from EC2 and Auto Scaling. */
export async function look(
  { ec2, autoScaling }: Clients,
  { group, volume }: Names,
  now: Date,
): Promise<World> {
  const ofVolume = { Name: `tag:${VOLUME}`, Values: [volume] };
  const ours = { Name: `tag:${MADE_BY}`, Values: [MAKER] };
  const [listed, volumes, snapshots] = await Promise.all([
    membersOf(autoScaling, group),
    all(paginateDescribeVolumes({ client: ec2 }, { Filters: [ofVolume] }), ({ Volumes = [] }) => Volumes),
    all(
      paginateDescribeSnapshots({ client: ec2 }, { Filters: [ofVolume, ours], OwnerIds: ['self'] }),
      ({ Snapshots = [] }) => Snapshots,
    ),
  ]);
  const seen = volumes.filter(({ State }) => State !== 'deleting' && State !== 'deleted').map(volumeOf);
  const holders = seen.flatMap(({ attachment }) => attachment?.instanceId ?? []);
  const instances = await instancesOf(ec2, [...listed.map(({ id }) => id), ...holders]);
  const isMember = (id: string): boolean => listed.some((one) => one.id === id);
  return {
    now,
    members: listed.map((one) => ({ ...one, hasLetGo: instances.get(one.id)?.hasLetGo ?? false })),
    strangers: new Map([...instances].filter(([id]) => !isMember(id))),
    volumes: seen,
    snapshots: snapshots.map(snapshotOf),
  };
}

async function membersOf(autoScaling: AutoScalingClient, group: string): Promise<Omit<Member, 'hasLetGo'>[]> {
  const { AutoScalingGroups } = await autoScaling.send(
    new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [group] }),
  );
  const [found] = AutoScalingGroups ?? [];
  if (found === undefined) throw new Error(`There is no Auto Scaling group ${group}`);
  return (found.Instances ?? []).map(({ InstanceId = '', AvailabilityZone = '', LifecycleState = '' }) => ({
    id: InstanceId,
    zone: AvailabilityZone,
    lifecycle: LifecycleState,
  }));
}

/** By filter: an id that EC2 has forgotten would make it refuse to tell of the others. */
async function instancesOf(
  ec2: EC2Client,
  ids: readonly string[],
): Promise<Map<string, Stranger & Pick<Member, 'hasLetGo'>>> {
  if (ids.length === 0) return new Map();
  const { Reservations } = await ec2.send(
    new DescribeInstancesCommand({ Filters: [{ Name: 'instance-id', Values: [...ids] }] }),
  );
  const known = Reservations?.flatMap(({ Instances = [] }) => Instances) ?? [];
  if (known.length === 0) return new Map();
  const { InstanceStatuses = [] } = await ec2.send(
    new DescribeInstanceStatusCommand({
      InstanceIds: known.map(({ InstanceId = '' }) => InstanceId),
      IncludeAllInstances: true,
    }),
  );
  const failed = new Set(
    InstanceStatuses.filter(({ InstanceStatus, SystemStatus }) =>
      [InstanceStatus?.Status, SystemStatus?.Status].some((one) => one !== 'ok' && one !== 'initializing'),
    ).map(({ InstanceId }) => InstanceId),
  );
  return new Map(
    known.map(({ InstanceId = '', State, Tags = [] }) => [
      InstanceId,
      {
        state: State?.Name ?? '',
        isWell: !failed.has(InstanceId),
        hasLetGo: valueOf(Tags, LET_GO) !== undefined,
      },
    ]),
  );
}

function volumeOf({ VolumeId = '', AvailabilityZone = '', ...volume }: Ec2Volume): Volume {
  const { State = '', CreateTime = new Date(0), Attachments = [], Tags = [] } = volume;
  const [attachment] = Attachments.filter((one) => one.State !== 'detached');
  const [before = '', stamp] = valueOf(Tags, FOLLOWS)?.split('@') ?? [];
  const [waitedSince, takenSince] = [timeIn(Tags, WAITED), timeIn(Tags, TAKEN)];
  return {
    id: VolumeId,
    zone: AvailabilityZone,
    state: State,
    generation: Number(valueOf(Tags, GENERATION)),
    createdAt: CreateTime,
    holders: Tags.flatMap(({ Key = '' }) => (Key.startsWith(HELD_BY) ? Key.slice(HELD_BY.length) : [])),
    ...(attachment !== undefined && {
      attachment: { instanceId: attachment.InstanceId ?? '', state: attachment.State ?? '' },
    }),
    ...(stamp !== undefined && { follows: { volumeId: before, stamp } }),
    ...(waitedSince !== undefined && { waitedSince }),
    ...(takenSince !== undefined && { takenSince }),
  };
}

function snapshotOf({ SnapshotId = '', VolumeId = '', State, StartTime, Tags = [] }: Ec2Snapshot): Snapshot {
  const after = valueOf(Tags, AFTER);
  return {
    id: SnapshotId,
    volumeId: VolumeId,
    generation: Number(valueOf(Tags, GENERATION)),
    state: State ?? '',
    startedAt: StartTime ?? new Date(0),
    ...(after !== undefined && { after }),
  };
}

async function all<Page, Item>(pages: AsyncIterable<Page>, itemsOf: (page: Page) => Item[]): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of pages) items.push(...itemsOf(page));
  return items;
}
