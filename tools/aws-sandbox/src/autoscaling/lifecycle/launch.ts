import { launchInstance, newReservation } from '../../ec2/instances/launch.ts';
import { readLaunchSpec, type LaunchSpec } from '../../ec2/instances/launch-spec.ts';
import { templateParameters } from '../../ec2/launch-templates/parameters.ts';
import { requireTemplate, versionOf } from '../../ec2/launch-templates/reference.ts';
import { requireSubnet } from '../../ec2/subnets.ts';
import { withTags } from '../../ec2/tag-rules.ts';
import { AwsError } from '../../http/aws-error.ts';
import { begin, update, type World } from '../activity.ts';
import type { Group } from '../group.ts';

/** The longest that a group waits after a launch that failed, in ms. */
const MAX_RELAUNCH_MS = 600_000;

/** Subnets in the order in which they are tried: those first whose zone has the fewest instances of the group. */
export function subnetsInOrder(world: World, group: Group): string[] {
  const zoneOf = (id: string) => world.cloud.items.find('subnet', group.region, id)?.zone;
  const inZone = (id: string) => group.members.filter(({ zone }) => zone === zoneOf(id)).length;
  return group.subnets.toSorted((a, b) => inZone(a) - inZone(b));
}

/**
 * One instance, in the first zone that has room for it. Each try is an activity; when none succeeds the group waits,
 * each time longer.
 */
export function launchOne(world: World, group: Group): void {
  const tried = new Set<string>();
  for (const subnetId of subnetsInOrder(world, group)) {
    const zone = world.cloud.items.find('subnet', group.region, subnetId)?.zone ?? '';
    if (tried.has(zone)) continue;
    tried.add(zone);
    if (tryIn(world, group, subnetId, zone)) {
      group.failures = 0;
      return;
    }
  }
  group.failures += 1;
  const waitMs = world.cloud.times.relaunchMs * 2 ** (group.failures - 1);
  group.scaleAt = world.cloud.now + Math.min(waitMs, MAX_RELAUNCH_MS);
}

function tryIn(world: World, group: Group, subnetId: string, zone: string): boolean {
  const { cloud } = world;
  const activity = begin(world, group, {
    description: 'Launching a new EC2 instance',
    cause: `At ${new Date(cloud.now).toISOString()} an instance was started in response to a difference between desired and actual capacity, increasing the capacity from ${group.members.length} to ${group.members.length + 1}.`,
    status: 'PreInService',
    zone,
  });
  try {
    requireSubnet(cloud.items, group.region, subnetId);
    const { spec, version } = specOf(world, group, subnetId);
    const instance = launchInstance(cloud, group.region, spec, newReservation());
    group.members.push({
      id: instance.id,
      type: instance.type,
      zone: instance.zone,
      templateVersion: version,
      state: 'Pending',
      health: 'Healthy',
      actions: [],
      activity,
    });
    const begun = world.store.activity(activity);
    if (begun !== undefined)
      world.store.putActivity({ ...begun, description: `Launching a new EC2 instance: ${instance.id}` });
    return true;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    update(world, activity, 'Failed', `${error.message} Launching EC2 instance failed.`);
    return false;
  }
}

function specOf(
  { cloud }: World,
  { name, region, template, tags }: Group,
  subnetId: string,
): { spec: LaunchSpec; version: string } {
  const { number } = versionOf(requireTemplate(cloud.items, region, { id: template.id }), template.version);
  const version = String(number);
  const spec = readLaunchSpec(templateParameters(cloud.items, region, { id: template.id, version }));
  const own = tags.filter(({ propagate }) => propagate).map(({ key, value }) => ({ key, value }));
  const service = [
    { key: 'aws:autoscaling:groupName', value: name },
    { key: 'aws:ec2launchtemplate:id', value: template.id },
    { key: 'aws:ec2launchtemplate:version', value: version },
  ];
  // Of tags of the same key that of the group counts.
  return { spec: { ...spec, subnetId, tags: withTags(spec.tags, [...own, ...service]) }, version };
}
