import type { Cloud } from '../time/cloud.ts';
import type { Due } from '../time/timeline.ts';

/** A snapshot is completed after a while; that of a volume in a lost zone comes to nothing. */
export function nextOfSnapshots(cloud: Cloud): Due | undefined {
  let earliest: Due | undefined;
  for (const { item } of cloud.items.everywhere('snapshot')) {
    const { until } = item;
    if (until === undefined || (earliest !== undefined && earliest.at <= until)) continue;
    const state = cloud.zones.isLost(item.zone) ? 'error' : 'completed';
    earliest = { at: until, run: () => cloud.items.replace({ ...item, state, until: undefined }) };
  }
  return earliest;
}
