import { hash } from 'node:crypto';
import { collectionOf } from './cache/collection.ts';
import type { Forget } from './cache/local.ts';

/** CloudFront takes tags of 256 characters (Developer Guide, "Invalidate by tag", 2026). */
const LONGEST = 256;
/** Printable, without comma, which separates tags, and without * and #, which mean something in an invalidation. */
const PLAIN = /^[!"$-)+\--~]+$/;

/** What a CDN knows a key, all of a collection, or a tag by. */
export const keyTag = (key: string): string => fit(`key:${key}`);
export const collectionTag = (name: string): string => fit(`all:${name}`);
export const ownTag = (tag: string): string => fit(tag);

function fit(tag: string): string {
  return tag.length <= LONGEST && PLAIN.test(tag) ? tag : `hash:${hash('sha256', tag, 'base64url')}`;
}

/** Those of what is invalidated that shared caches may have. */
export function tagsToPurge(
  { keys = [], tags = [], namespaces = [] }: Forget,
  isShared: (collection: string) => boolean,
): string[] {
  return [
    ...keys.filter((key) => isShared(collectionOf(key))).map(keyTag),
    ...namespaces.filter(isShared).map(collectionTag),
    ...tags.map(ownTag),
  ];
}
