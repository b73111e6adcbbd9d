import { disassociate } from '../associations.ts';
import { emit } from '../events.ts';
import { ACCOUNT } from '../items.ts';
import type { Cloud } from '../time/cloud.ts';
import type { Due } from '../time/timeline.ts';
import { releaseVolumesOf } from '../volumes/transitions.ts';
import type { Instance, InstanceState } from './instance.ts';

/** "Terminated instances remain visible after termination (for approximately one hour)." API_TerminateInstances */
const VISIBLE_MS = 3_600_000;

const NEXT: Readonly<Partial<Record<InstanceState, InstanceState>>> = {
  pending: 'running',
  stopping: 'stopped',
  'shutting-down': 'terminated',
};

/** What happens next to an instance; in a zone that is lost nothing does. */
export function nextOfInstances(cloud: Cloud): Due | undefined {
  let earliest: Due | undefined;
  for (const { region, item } of cloud.items.everywhere('instance')) {
    const { until } = item;
    if (until === undefined || (earliest !== undefined && earliest.at <= until)) continue;
    if (item.state !== 'terminated' && cloud.zones.isLost(item.zone)) continue;
    earliest = { at: until, run: () => proceed(cloud, region, item) };
  }
  return earliest;
}

function proceed(cloud: Cloud, region: string, instance: Instance): void {
  const next = NEXT[instance.state];
  if (next === undefined) return cloud.items.remove(instance.id);
  enter(cloud, region, instance, next, next === 'terminated' ? VISIBLE_MS : undefined);
  if (next === 'running') return;
  releaseVolumesOf(cloud, instance);
  if (next === 'stopped') return;
  disassociate(cloud.items, region, instance.interfaceId);
  cloud.items.remove(instance.interfaceId);
}

/** Puts it into a state for so long, or for good, and says so. */
export function enter(
  cloud: Cloud,
  region: string,
  instance: Instance,
  state: InstanceState,
  forMs?: number,
): void {
  instance.state = state;
  instance.since = cloud.now;
  instance.notRunning = state === 'running' ? undefined : (instance.notRunning ?? cloud.now);
  instance.until = forMs === undefined ? undefined : cloud.now + forMs;
  cloud.items.replace(instance);
  emit(cloud, region, {
    source: 'aws.ec2',
    type: 'EC2 Instance State-change Notification',
    resources: [`arn:aws:ec2:${region}:${ACCOUNT}:instance/${instance.id}`],
    detail: { 'instance-id': instance.id, state },
  });
}
