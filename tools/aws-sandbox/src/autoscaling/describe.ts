import { notImplemented } from '../http/aws-error.ts';
import type { XmlNode } from '../http/xml.ts';
import type { World } from './activity.ts';
import type { Group } from './group.ts';
import { pageOf } from './pages.ts';
import { renderActivity, renderGroup, renderInstance } from './render.ts';
import { requireGroup } from './require.ts';
import type { Asked } from './shapes.ts';

/** Those that are not there are just not in the answer. */
export function describeGroups(
  world: World,
  region: string,
  asked: Asked<'DescribeAutoScalingGroups'>,
): XmlNode {
  const names = asked.AutoScalingGroupNames;
  const matching = world.store
    .list(region)
    .filter((group) => names.length === 0 || names.includes(group.name))
    .filter((group) => asked.Filters.every((filter) => matches(group, filter)));
  const { page, next } = pageOf(matching, asked, 50, ({ name }) => name);
  return { AutoScalingGroups: { member: page.map((group) => renderGroup(world, group)) }, ...next };
}

function matches({ tags }: Group, { Name, Values }: { Name: string; Values: string[] }): boolean {
  if (Name === 'tag-key') return tags.some(({ key }) => Values.includes(key));
  if (Name === 'tag-value') return tags.some(({ value }) => Values.includes(value));
  if (Name.startsWith('tag:'))
    return tags.some(({ key, value }) => key === Name.slice('tag:'.length) && Values.includes(value));
  throw notImplemented(`the filter ${Name} of autoscaling:DescribeAutoScalingGroups`);
}

export function describeInstances(
  { store }: World,
  region: string,
  asked: Asked<'DescribeAutoScalingInstances'>,
): XmlNode {
  const ids = asked.InstanceIds;
  const all = store
    .list(region)
    .flatMap((group) => group.members.map((member) => ({ group, member })))
    .filter(({ member }) => ids.length === 0 || ids.includes(member.id));
  const { page, next } = pageOf(all, asked, 50, ({ member }) => member.id);
  return {
    AutoScalingInstances: { member: page.map(({ group, member }) => renderInstance(group, member)) },
    ...next,
  };
}

/** The newest first. */
export function describeActivities(
  world: World,
  region: string,
  asked: Asked<'DescribeScalingActivities'>,
): XmlNode {
  const { AutoScalingGroupName: name, ActivityIds: ids } = asked;
  if (name !== undefined) requireGroup(world, region, name);
  const all = world.store
    .activities(region)
    .filter(
      ({ group, id }) => (name === undefined || group === name) && (ids.length === 0 || ids.includes(id)),
    );
  const numbered = all.map((activity, i) => ({ activity, key: String(all.length - i).padStart(9, '0') }));
  const { page, next } = pageOf(numbered, asked, 100, ({ key }) => key, 'descending');
  return { Activities: { member: page.map(({ activity }) => renderActivity(activity)) }, ...next };
}
