import { AwsError } from '../../http/aws-error.ts';
import type { XmlNode } from '../../http/xml.ts';
import { ec2Error } from '../error.ts';
import { requireInstance } from '../instances/require.ts';
import type { Params } from '../params.ts';
import type { Cloud } from '../time/cloud.ts';
import { renderAttachment, requireVolume } from './describe-volumes.ts';
import { volumeError } from './errors.ts';
import { startDeleting } from './transitions.ts';
import type { Attachment } from './volume.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html */
const DEVICE = /^\/dev\/(sd[a-z]([1-9]|1[0-5])?|xvd[a-z]{1,2})$/;
/** The one that the instance has booted from. */
const ROOT_DEVICES = ['/dev/xvda', '/dev/sda1'];

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachVolume.html */
export function attachVolume(cloud: Cloud, region: string, params: Params): XmlNode {
  const { items, now, times } = cloud;
  const volume = requireVolume(items, region, params.required('VolumeId'));
  const instance = requireInstance(items, region, params.required('InstanceId'));
  const device = params.required('Device');
  if (!DEVICE.test(device))
    throw ec2Error.invalid('device', device, `${device} is not a valid EBS device name.`);
  if (volume.attachment !== undefined) {
    throw volumeError.inUse(`${volume.id} is already attached to an instance`);
  }
  if (volume.state !== 'available') throw volumeError.incorrectState(`${volume.id} is not 'available'.`);
  if (volume.zone !== instance.zone) throw volumeError.zoneMismatch(volume.id, instance.id);
  if (instance.state !== 'running' && instance.state !== 'stopped')
    throw volumeError.incorrectState(`Instance '${instance.id}' is not 'running'.`);
  const isTaken = items
    .list('volume', region)
    .some(({ attachment }) => attachment?.instanceId === instance.id && attachment.device === device);
  if (isTaken || ROOT_DEVICES.includes(device)) {
    throw new AwsError(
      400,
      'InvalidParameterValue',
      `Invalid value '${device}' for unixDevice. Attachment point ${device} is already in use`,
    );
  }
  if (cloud.zones.isLost(volume.zone)) throw volumeError.unavailable(volume.zone);
  const attachment: Attachment = {
    instanceId: instance.id,
    device,
    state: 'attaching',
    since: now,
    until: now + times.attachMs,
    // As the API reference says of what is attached later.
    deleteOnTermination: false,
  };
  const attached = { ...volume, state: 'in-use' as const, attachment, mounted: false };
  items.replace(attached);
  return renderAttachment(attached, attachment);
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachVolume.html */
export function detachVolume(cloud: Cloud, region: string, params: Params): XmlNode {
  const { items, now, times } = cloud;
  const volume = requireVolume(items, region, params.required('VolumeId'));
  const { attachment } = volume;
  if (attachment === undefined)
    throw volumeError.incorrectState(`Volume '${volume.id}' is in the '${volume.state}' state.`);
  const [instanceId, device] = [params.text('InstanceId'), params.text('Device')];
  if (instanceId !== undefined && requireInstance(items, region, instanceId).id !== attachment.instanceId) {
    throw new AwsError(
      400,
      'InvalidAttachment.NotFound',
      `The volume '${volume.id}' is not attached to instance '${instanceId}'`,
    );
  }
  if (device !== undefined && device !== attachment.device) {
    throw new AwsError(
      400,
      'InvalidAttachment.NotFound',
      `The volume '${volume.id}' is not attached to instance '${attachment.instanceId}' as device '${device}'`,
    );
  }
  const forced = params.flag('Force');
  if (attachment.state !== 'detaching' || (forced && attachment.forced !== true)) {
    Object.assign(attachment, { state: 'detaching', until: now + times.detachMs, forced });
    items.replace(volume);
  }
  return renderAttachment(volume, attachment);
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVolume.html */
export function deleteVolume(cloud: Cloud, region: string, params: Params): XmlNode {
  const volume = requireVolume(cloud.items, region, params.required('VolumeId'));
  if (volume.attachment !== undefined) {
    throw volumeError.inUse(`Volume ${volume.id} is currently attached to ${volume.attachment.instanceId}`);
  }
  if (volume.state === 'creating') throw volumeError.incorrectState(`${volume.id} is not 'available'.`);
  if (volume.state === 'available') startDeleting(cloud, volume);
  return { return: true };
}
