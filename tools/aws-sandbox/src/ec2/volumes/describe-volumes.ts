import type { XmlNode } from '../../http/xml.ts';
import { ec2Error } from '../error.ts';
import type { Items } from '../items.ts';
import { DESCRIBE_PAGE, filtered, pageOf, type FilterValues } from '../pages.ts';
import type { Params } from '../params.ts';
import type { Cloud } from '../time/cloud.ts';
import { describeTags } from '../xml.ts';
import { volumeError } from './errors.ts';
import type { Attachment, Volume } from './volume.ts';

const ID = /^vol-([0-9a-f]{8}|[0-9a-f]{17})$/;

/** `busy` while it is to be detached and the instance still has it mounted. */
export const shownState = ({ attachment, mounted }: Volume): string | undefined =>
  attachment?.state === 'detaching' && mounted ? 'busy' : attachment?.state;

const FILTERS: FilterValues<Volume> = {
  'volume-id': ({ id }) => id,
  status: ({ state }) => state,
  'availability-zone': ({ zone }) => zone,
  'snapshot-id': ({ snapshotId }) => snapshotId,
  'volume-type': ({ type }) => type,
  size: ({ size }) => String(size),
  encrypted: ({ encrypted }) => String(encrypted),
  'attachment.instance-id': ({ attachment }) => attachment?.instanceId,
  'attachment.device': ({ attachment }) => attachment?.device,
  'attachment.status': shownState,
};

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVolumes.html */
export function describeVolumes(cloud: Cloud, region: string, params: Params): XmlNode {
  const ids = params.list('VolumeId');
  for (const id of ids) requireVolume(cloud.items, region, id);
  if (ids.length > 0 && params.text('MaxResults') !== undefined)
    throw ec2Error.notCombined('The parameter volumes cannot be used with the parameter maxResults');
  const all = cloud.items.list('volume', region).filter(({ id }) => ids.length === 0 || ids.includes(id));
  const { page, next } = pageOf(filtered(all, params, FILTERS), params, DESCRIBE_PAGE, ({ id }) => id);
  return { volumeSet: { item: page.map(renderVolume) }, ...next };
}

export function requireVolume(items: Items, region: string, id: string): Volume {
  if (!ID.test(id)) throw volumeError.malformed(id);
  const volume = items.find('volume', region, id);
  if (volume === undefined) throw volumeError.absent(id);
  return volume;
}

export function renderVolume(one: Volume): XmlNode {
  const { attachment } = one;
  return {
    volumeId: one.id,
    size: one.size,
    snapshotId: one.snapshotId ?? '',
    availabilityZone: one.zone,
    status: one.state,
    createTime: new Date(one.created).toISOString(),
    attachmentSet: {
      item: attachment === undefined ? [] : [renderAttachment(one, attachment)],
    },
    volumeType: one.type,
    iops: one.iops,
    throughput: one.throughput,
    encrypted: one.encrypted,
    kmsKeyId: one.kmsKeyId,
    multiAttachEnabled: false,
    ...describeTags(one.tags),
  };
}

export function renderAttachment(volume: Volume, attachment: Attachment): XmlNode {
  return {
    volumeId: volume.id,
    instanceId: attachment.instanceId,
    device: attachment.device,
    status: shownState(volume),
    attachTime: new Date(attachment.since).toISOString(),
    deleteOnTermination: attachment.deleteOnTermination,
  };
}
