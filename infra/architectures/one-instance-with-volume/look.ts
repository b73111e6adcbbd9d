import { DescribeAutoScalingGroupsCommand, type AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import {
  DescribeInstancesCommand,
  paginateDescribeSnapshots,
  paginateDescribeVolumes,
  type EC2Client,
  type Snapshot as Ec2Snapshot,
  type Volume as Ec2Volume,
} from '@aws-sdk/client-ec2';
import { AFTER, ASKED, FORCED, GENERATION, HOLDER, timeIn, VOLUME, valueOf } from './tags.ts';
import type { Member, Snapshot, Volume, World } from './world.ts';

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
  const Filters = [{ Name: `tag:${VOLUME}`, Values: [volume] }];
  const [members, volumes, snapshots] = await Promise.all([
    membersOf(autoScaling, group),
    all(paginateDescribeVolumes({ client: ec2 }, { Filters }), ({ Volumes = [] }) => Volumes),
    all(
      paginateDescribeSnapshots({ client: ec2 }, { Filters, OwnerIds: ['self'] }),
      ({ Snapshots = [] }) => Snapshots,
    ),
  ]);
  const seen = volumes.filter(({ State }) => State !== 'deleting' && State !== 'deleted').map(volumeOf);
  const holders = seen.flatMap(({ attachment }) => attachment?.instanceId ?? []);
  const strangers = holders.filter((id) => !members.some((one) => one.id === id));
  return {
    now,
    members,
    strangers: await statesOf(ec2, strangers),
    volumes: seen,
    snapshots: snapshots.map(snapshotOf),
  };
}

async function membersOf(autoScaling: AutoScalingClient, group: string): Promise<Member[]> {
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
async function statesOf(ec2: EC2Client, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const { Reservations } = await ec2.send(
    new DescribeInstancesCommand({ Filters: [{ Name: 'instance-id', Values: [...ids] }] }),
  );
  const known = Reservations?.flatMap(({ Instances = [] }) => Instances) ?? [];
  return new Map(known.map(({ InstanceId = '', State }) => [InstanceId, State?.Name ?? '']));
}

function volumeOf({ VolumeId = '', AvailabilityZone = '', ...volume }: Ec2Volume): Volume {
  const { State = '', CreateTime = new Date(0), Attachments = [], Tags = [] } = volume;
  const [attachment] = Attachments.filter((one) => one.State !== 'detached');
  const holder = valueOf(Tags, HOLDER);
  const [askedSince, forcedSince] = [timeIn(Tags, ASKED), timeIn(Tags, FORCED)];
  return {
    id: VolumeId,
    zone: AvailabilityZone,
    state: State,
    generation: Number(valueOf(Tags, GENERATION)),
    createdAt: CreateTime,
    ...(attachment !== undefined && {
      attachment: { instanceId: attachment.InstanceId ?? '', state: attachment.State ?? '' },
    }),
    ...(holder !== undefined && { holder }),
    ...(askedSince !== undefined && { askedSince }),
    ...(forcedSince !== undefined && { forcedSince }),
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
