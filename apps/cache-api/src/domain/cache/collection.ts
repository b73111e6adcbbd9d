import type { Policy } from '../policy.ts';
import type { Visibility } from '../entry.ts';
import type { Source } from '../../ports/source.ts';

/** What is cached under one name: a resource, or a key–value namespace. */
export interface Collection {
  name: string;
  policy: Policy;
  visibility: Visibility;
  /** Tags of an entry that are known before it is loaded. */
  tagsOf: (id: string) => readonly string[];
  /** What was loaded may have more of them. */
  hasMoreTags: boolean;
  /** Undefined: the store is all there is. */
  source: Source | undefined;
}

export const keyIn = ({ name }: Pick<Collection, 'name'>, id: string): string => `${name}/${id}`;

/** Name of the collection that a key is in. */
export const collectionOf = (key: string): string => key.slice(0, key.indexOf('/'));
