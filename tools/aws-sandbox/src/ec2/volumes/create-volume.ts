import type { XmlNode } from '../../http/xml.ts';
import { readToken, reusedToken } from '../client-token.ts';
import { ec2Error } from '../error.ts';
import type { Params } from '../params.ts';
import { checkTags } from '../tag-rules.ts';
import type { Cloud } from '../time/cloud.ts';
import { volumeError } from './errors.ts';
import { renderVolume } from './describe-volumes.ts';
import { requireSnapshot } from './snapshots.ts';
import { SIZES, type Snapshot, type VolumeType } from './volume.ts';

const TYPES = Object.keys(SIZES) as VolumeType[];

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVolume.html */
export function createVolume(cloud: Cloud, region: string, params: Params): XmlNode {
  const clientToken = readToken(params);
  const fingerprint = params.fingerprint();
  const before = cloud.items.list('volume', region).find((one) => one.clientToken === clientToken);
  if (clientToken !== undefined && before !== undefined) {
    if (before.fingerprint !== fingerprint) throw reusedToken(clientToken);
    return renderVolume(before);
  }
  const zone = params.required('AvailabilityZone');
  if (!/[a-f]$/.test(zone) || zone.slice(0, -1) !== region) throw volumeError.zoneUnknown(zone);
  const snapshotId = params.text('SnapshotId');
  const snapshot = snapshotId === undefined ? undefined : requireSnapshot(cloud.items, region, snapshotId);
  if (snapshot !== undefined && snapshot.state !== 'completed')
    throw volumeError.incorrectState(`Snapshot '${snapshot.id}' is not 'completed'.`);
  const type = params.oneOf('VolumeType', TYPES, 'gp2');
  const size = readSize(params, type, snapshot);
  if (cloud.zones.isLost(zone)) throw volumeError.noCapacity(zone);
  // What is encrypted once stays so.
  const encrypted = params.flag('Encrypted') || snapshot?.encrypted === true;
  const kmsKeyId = params.text('KmsKeyId');
  if (kmsKeyId !== undefined && !encrypted)
    throw ec2Error.notCombined('The parameter KmsKeyId requires the parameter Encrypted to be set.');
  const volume = cloud.items.create('volume', region, {
    zone,
    size,
    type,
    encrypted,
    kmsKeyId: kmsKeyId ?? snapshot?.kmsKeyId,
    snapshotId,
    iops: readIops(params, type, size),
    throughput: readThroughput(params, type),
    created: cloud.now,
    state: 'creating',
    until: cloud.now + cloud.times.volumeMs,
    mounted: false,
    clientToken,
    fingerprint,
    tags: checkTags(params.tags('volume')),
  });
  cloud.disks.createVolume(volume.id, snapshotId);
  return renderVolume(volume);
}

/** GiB; that of the snapshot unless it says another one. */
function readSize(params: Params, type: VolumeType, snapshot: Snapshot | undefined): number {
  const [min, max] = SIZES[type];
  const size = params.integer('Size', min, max) ?? snapshot?.size;
  if (size === undefined) throw ec2Error.missing('size/snapshot');
  if (snapshot !== undefined && size < snapshot.size) {
    throw ec2Error.invalid(
      'size',
      String(size),
      `The specified size is smaller than that of the snapshot, ${snapshot.size} GiB.`,
    );
  }
  return size;
}

/** Needed of provisioned volumes, allowed of gp3, and told of gp2: 3 per GiB, 100 to 16,000. */
function readIops(params: Params, type: VolumeType, size: number): number | undefined {
  if (type === 'io1' || type === 'io2') {
    params.required('Iops');
    return params.integer('Iops', 100, type === 'io1' ? 64_000 : 256_000);
  }
  if (type === 'gp3') return params.integer('Iops', 3_000, 80_000) ?? 3_000;
  if (params.text('Iops') !== undefined)
    throw ec2Error.notCombined(`The parameter iops is not supported for ${type} volumes.`);
  return type === 'gp2' ? Math.min(16_000, Math.max(100, 3 * size)) : undefined;
}

/** MiB/s, of gp3 only. */
function readThroughput(params: Params, type: VolumeType): number | undefined {
  if (type === 'gp3') return params.integer('Throughput', 125, 2_000) ?? 125;
  if (params.text('Throughput') !== undefined)
    throw ec2Error.notCombined(`The parameter throughput is not supported for ${type} volumes.`);
  return undefined;
}
