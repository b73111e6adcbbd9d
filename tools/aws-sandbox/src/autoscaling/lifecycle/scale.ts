import type { World } from '../activity.ts';
import { isLeaving, missingIn, type Group, type Member } from '../group.ts';
import { launchOne } from './launch.ts';
import { startTermination } from './terminate.ts';

/** Launches or terminates until the group is as large as it is to be, or launching fails. */
export function scale(world: World, group: Group): void {
  group.scaleAt = undefined;
  for (let missing = missingIn(group); missing < 0; missing += 1) {
    const goes = toTerminate(group);
    if (goes === undefined) break;
    startTermination(
      world,
      group,
      goes,
      'an instance was taken out of service in response to a difference between desired and actual capacity.',
    );
  }
  while (missingIn(group) > 0 && group.scaleAt === undefined) launchOne(world, group);
}

/** The oldest of the zone that has the most. */
function toTerminate({ members }: Group): Member | undefined {
  const staying = members.filter((one) => !isLeaving(one));
  const inZone = (wanted: string) => staying.filter(({ zone }) => zone === wanted).length;
  return staying.toSorted((a, b) => inZone(b.zone) - inZone(a.zone))[0];
}

/** Says when it is time for that; after every change of a group. */
export function planScaling({ cloud }: World, group: Group): void {
  const isRight = group.deleting || missingIn(group) === 0;
  group.scaleAt = isRight ? undefined : (group.scaleAt ?? cloud.now + cloud.times.scalingMs);
}
