import { AwsError } from '../http/aws-error.ts';
import type { XmlNode } from '../http/xml.ts';
import { ec2Error } from './error.ts';
import type { Kind, Kinds } from './kinds.ts';
import type { Items } from './items.ts';
import type { Params } from './params.ts';
import { checkTags, withTags } from './tag-rules.ts';

/** What is said of something that is not there, by how its id begins. */
const ABSENT: Readonly<Record<string, string>> = {
  i: 'InvalidInstanceID.NotFound',
  vol: 'InvalidVolume.NotFound',
  snap: 'InvalidSnapshot.NotFound',
  vpc: 'InvalidVpcID.NotFound',
  subnet: 'InvalidSubnetID.NotFound',
  sg: 'InvalidGroup.NotFound',
  eipalloc: 'InvalidAllocationID.NotFound',
  eni: 'InvalidNetworkInterfaceID.NotFound',
  acl: 'InvalidNetworkAclID.NotFound',
  lt: 'InvalidLaunchTemplateId.NotFound',
  nat: 'NatGatewayNotFound',
};

export function createTags(items: Items, region: string, params: Params): XmlNode {
  const tags = params.tagList('Tag');
  if (tags.length === 0) throw ec2Error.missing('tagSet');
  checkTags(tags);
  for (const item of requireAll(items, region, params))
    items.replace({ ...item, tags: withTags(item.tags, tags) });
  return { return: true };
}

/** Of a key with a value only where it has that value; without tags all go. */
export function deleteTags(items: Items, region: string, params: Params): XmlNode {
  const named = params.structures('Tag', (prefix) => ({
    key: params.required(`${prefix}Key`),
    value: params.text(`${prefix}Value`),
  }));
  const goes = (tag: { key: string; value: string }) =>
    !tag.key.startsWith('aws:') &&
    (named.length === 0 ||
      named.some(({ key, value }) => key === tag.key && (value === undefined || value === tag.value)));
  for (const item of requireAll(items, region, params))
    items.replace({ ...item, tags: item.tags.filter((tag) => !goes(tag)) });
  return { return: true };
}

function requireAll(items: Items, region: string, params: Params): Kinds[Kind][] {
  const ids = params.list('ResourceId');
  if (ids.length === 0) throw ec2Error.missing('resourceIdSet');
  return ids.map((id) => {
    const item = items.any(region, id);
    if (item !== undefined) return item;
    const code = ABSENT[id.slice(0, id.lastIndexOf('-'))];
    if (code === undefined) throw new AwsError(400, 'InvalidID', `The ID '${id}' is not valid`);
    throw ec2Error.absent(code, `ID '${id}'`);
  });
}
