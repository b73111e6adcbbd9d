import type { XmlNode } from '../http/xml.ts';
import type { Tag } from './params.ts';

export function tagSet(tags: readonly Tag[]): XmlNode {
  return { item: tags.map(({ key, value }) => ({ key, value })) };
}

/** Left out where there are none, as EC2 does with instances, volumes and snapshots. */
export const describeTags = (tags: readonly Tag[]): XmlNode =>
  tags.length === 0 ? {} : { tagSet: tagSet(tags) };
