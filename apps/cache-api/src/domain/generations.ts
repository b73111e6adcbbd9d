import { randomBytes } from 'node:crypto';

/*
 * A tag, a namespace, or a key that is written through has a generation in the store: a random token.
 * An entry carries those it was loaded under. When one of them changes or is evicted, the entry never
 * comes back: the token is never the same again. So one write invalidates any number of entries, on
 * any number of servers.
 */

export const tagName = (tag: string): string => `t:${tag}`;
export const namespaceName = (namespace: string): string => `n:${namespace}`;
/** Changes with every invalidation of a tag, before the tag's own. */
export const ANY_TAG = 'a:tag';
export const keyName = (key: string): string => `k:${key}`;

export function namesOf(what: {
  tags?: readonly string[] | undefined;
  namespaces?: readonly string[] | undefined;
}): string[] {
  return [...new Set([...(what.tags ?? []).map(tagName), ...(what.namespaces ?? []).map(namespaceName)])];
}

/** The other way: what of these names are tags, and what are namespaces. */
export function labelsOf(names: Iterable<string>): { tags: string[]; namespaces: string[] } {
  const all = [...names];
  const those = (letter: string) =>
    all.filter((name) => name.startsWith(letter)).map((name) => name.slice(2));
  return { tags: those('t:'), namespaces: those('n:') };
}

/** `floor`: the database version that it was invalidated for. */
export function newGeneration(floor = 0n): string {
  return `${floor.toString(36)}.${randomBytes(12).toString('base64url')}`;
}

/** Nothing older than this is to be written under it. */
export function floorOf(generation: string | undefined): bigint {
  let floor = 0n;
  for (const digit of generation?.split('.', 1)[0] ?? '') {
    const value = Number.parseInt(digit, 36);
    if (Number.isNaN(value)) return 0n;
    floor = floor * 36n + BigInt(value);
  }
  return floor;
}
