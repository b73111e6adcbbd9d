import { impairedSince } from '../../ec2/instances/status.ts';
import type { World } from '../activity.ts';
import type { Group, Member } from '../group.ts';

export interface Sickness {
  /** When the group knows of it; ms. */
  at: number;
  cause: string;
}

const CHECK = 'an EC2 health check indicating it has been';

/**
 * What is wrong with an instance in service: EC2 says that it does not run, or, after the grace period, that its
 * status checks fail; or somebody has said that it is unhealthy.
 * https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-health-checks.html
 */
export function sicknessOf({ cloud }: World, group: Group, member: Member): Sickness | undefined {
  const instance = cloud.items.locate('instance', member.id)?.item;
  const noticed = (since: number) => since + cloud.times.healthCheckMs;
  if (instance === undefined || instance.state !== 'running') {
    const state = instance?.state ?? 'terminated';
    return { at: noticed(instance?.notRunning ?? 0), cause: `${CHECK} terminated or stopped (${state}).` };
  }
  if (member.replaceAt !== undefined) return { at: member.replaceAt, cause: 'a user health-check.' };
  const since = impairedSince(cloud, instance);
  if (since === undefined) return undefined;
  return { at: Math.max(noticed(since), graceEnd(group, member)), cause: `${CHECK} impaired.` };
}

/** The grace period begins when an instance is put into service. */
export const graceEnd = ({ graceSeconds }: Group, { inService = 0 }: Member): number =>
  inService + graceSeconds * 1_000;
