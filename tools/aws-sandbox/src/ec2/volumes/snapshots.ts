import { AwsError, notImplemented } from '../../http/aws-error.ts';
import type { XmlNode } from '../../http/xml.ts';
import { ec2Error } from '../error.ts';
import { ACCOUNT, type Items } from '../items.ts';
import { DESCRIBE_PAGE, filtered, pageOf, type FilterValues } from '../pages.ts';
import type { Params } from '../params.ts';
import { checkTags } from '../tag-rules.ts';
import type { Cloud } from '../time/cloud.ts';
import { describeTags } from '../xml.ts';
import { requireVolume } from './describe-volumes.ts';
import { volumeError } from './errors.ts';
import type { Snapshot } from './volume.ts';

const ID = /^snap-([0-9a-f]{8}|[0-9a-f]{17})$/;

const FILTERS: FilterValues<Snapshot> = {
  'snapshot-id': ({ id }) => id,
  'volume-id': ({ volumeId }) => volumeId,
  'volume-size': ({ size }) => String(size),
  status: ({ state }) => state,
  description: ({ description }) => description,
  encrypted: ({ encrypted }) => String(encrypted),
  'owner-id': () => ACCOUNT,
};

/** Has what the volume has at this moment, whatever becomes of it. API_CreateSnapshot */
export function createSnapshot(cloud: Cloud, region: string, params: Params): XmlNode {
  const volume = requireVolume(cloud.items, region, params.required('VolumeId'));
  if (volume.state !== 'available' && volume.state !== 'in-use')
    throw volumeError.incorrectState(`The volume '${volume.id}' is '${volume.state}'.`);
  const description = params.text('Description') ?? '';
  if (description.length > 255)
    throw ec2Error.invalid('description', description, 'Expecting up to 255 characters.');
  const snapshot = cloud.items.create('snapshot', region, {
    volumeId: volume.id,
    zone: volume.zone,
    size: volume.size,
    encrypted: volume.encrypted,
    kmsKeyId: volume.kmsKeyId,
    description,
    started: cloud.now,
    state: 'pending',
    until: cloud.now + cloud.times.snapshotMs,
    tags: checkTags(params.tags('snapshot')),
  });
  cloud.disks.createSnapshot(snapshot.id, volume.id);
  return render(cloud, snapshot);
}

/** Of this account: there are no others. API_DescribeSnapshots */
export function describeSnapshots(cloud: Cloud, region: string, params: Params): XmlNode {
  const ids = params.list('SnapshotId');
  for (const id of ids) requireSnapshot(cloud.items, region, id);
  if (ids.length > 0 && params.text('MaxResults') !== undefined)
    throw ec2Error.notCombined('The parameter snapshots cannot be used with the parameter maxResults');
  for (const owner of params.list('Owner'))
    if (owner !== 'self' && owner !== ACCOUNT) throw notImplemented(`snapshots of ${owner}`);
  const all = cloud.items.list('snapshot', region).filter(({ id }) => ids.length === 0 || ids.includes(id));
  const { page, next } = pageOf(filtered(all, params, FILTERS), params, DESCRIBE_PAGE, ({ id }) => id);
  return { snapshotSet: { item: page.map((one) => render(cloud, one)) }, ...next };
}

export function deleteSnapshot(cloud: Cloud, region: string, params: Params): XmlNode {
  const { id } = requireSnapshot(cloud.items, region, params.required('SnapshotId'));
  cloud.items.remove(id);
  cloud.disks.removeSnapshot(id);
  return { return: true };
}

export function requireSnapshot(items: Items, region: string, id: string): Snapshot {
  if (!ID.test(id)) {
    throw new AwsError(
      400,
      'InvalidParameterValue',
      `Value (${id}) for parameter snapshotId is invalid. Expected: 'snap-...'.`,
    );
  }
  const snapshot = items.find('snapshot', region, id);
  if (snapshot === undefined) throw volumeError.snapshotAbsent(id);
  return snapshot;
}

function render(cloud: Cloud, one: Snapshot): XmlNode {
  return {
    snapshotId: one.id,
    volumeId: one.volumeId,
    status: one.state,
    ...(one.state === 'error' ? { statusMessage: `The volume in ${one.zone} could not be read.` } : {}),
    startTime: new Date(one.started).toISOString(),
    progress: `${progressOf(one, cloud.now)}%`,
    ownerId: ACCOUNT,
    volumeSize: one.size,
    description: one.description,
    encrypted: one.encrypted,
    kmsKeyId: one.kmsKeyId,
    storageTier: 'standard',
    ...describeTags(one.tags),
  };
}

/** 0 to 99 until it is completed. */
function progressOf({ state, started, until }: Snapshot, now: number): number {
  if (state === 'completed') return 100;
  if (until === undefined) return 0;
  return Math.min(99, Math.floor(((now - started) / Math.max(1, until - started)) * 100));
}
