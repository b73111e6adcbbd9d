import type { Instance } from '../instances/instance.ts';
import type { Cloud } from '../time/cloud.ts';
import type { Due } from '../time/timeline.ts';
import type { Volume } from './volume.ts';

/**
 * What happens next to a volume. In a zone that is lost nothing does, but what is forced; and a volume is not detached
 * while it is mounted.
 */
export function nextOfVolumes(cloud: Cloud): Due | undefined {
  let earliest: Due | undefined;
  for (const { item } of cloud.items.everywhere('volume')) {
    const at = dueOf(cloud, item);
    if (at !== undefined && (earliest === undefined || at < earliest.at))
      earliest = { at, run: () => proceed(cloud, item) };
  }
  return earliest;
}

function dueOf(cloud: Cloud, { zone, until, attachment, mounted }: Volume): number | undefined {
  const isForced = attachment?.state === 'detaching' && attachment.forced === true;
  if (isForced) return attachment.until;
  if (cloud.zones.isLost(zone)) return undefined;
  if (attachment?.state === 'detaching') return mounted ? undefined : attachment.until;
  return attachment?.until ?? until;
}

function proceed(cloud: Cloud, volume: Volume): void {
  const { attachment } = volume;
  if (attachment?.state === 'attaching') {
    attachment.state = 'attached';
    attachment.until = undefined;
    cloud.items.replace(volume);
  } else if (attachment?.state === 'detaching') {
    release(cloud, volume);
  } else if (volume.state === 'creating') {
    cloud.items.replace({ ...volume, state: 'available', until: undefined });
  } else {
    cloud.items.remove(volume.id);
    cloud.disks.removeVolume(volume.id);
  }
}

/** Of an instance that does not run any more: it has nothing mounted, and when it has ended nothing attached. */
export function releaseVolumesOf(cloud: Cloud, { id, state }: Instance): void {
  for (const { item: volume } of cloud.items.everywhere('volume')) {
    const { attachment } = volume;
    if (attachment?.instanceId !== id) continue;
    if (state !== 'terminated') cloud.items.replace({ ...volume, mounted: false });
    else if (attachment.deleteOnTermination) startDeleting(cloud, volume);
    else release(cloud, volume);
  }
}

export function startDeleting(cloud: Cloud, volume: Volume): void {
  const { attachment: _, ...rest } = volume;
  cloud.items.replace({
    ...rest,
    mounted: false,
    state: 'deleting',
    until: cloud.now + cloud.times.volumeMs,
  });
}

function release(cloud: Cloud, volume: Volume): void {
  const { attachment: _, ...rest } = volume;
  cloud.items.replace({ ...rest, mounted: false, state: 'available', until: undefined });
}
