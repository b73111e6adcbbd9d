import type { XmlNode } from '../http/xml.ts';
import type { Tag } from './params.ts';

export function tagSet(tags: readonly Tag[]): XmlNode {
  return { item: tags.map(({ key, value }) => ({ key, value })) };
}
