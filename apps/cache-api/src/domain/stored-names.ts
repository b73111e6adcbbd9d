import { createHash } from 'node:crypto';

/** memcached takes 250 bytes (protocol.txt, "Keys"); prefix and what surrounds the key need the rest. */
const LONGEST_KEY = 200;
const LONGEST_PREFIX = 32;

/** Printable ASCII without braces, which delimit the part that decides the slot (redis.io, "Hash tags"). */
const AS_IT_IS = /^[!-z|~]+$/;

/**
 * What a key is called in a store, in braces so that all names of one key are in one slot of a Redis
 * cluster. `k:` and `h:` keep a key apart from one that looks like the hash of another.
 */
export function slotName(key: string): string {
  if (key.length <= LONGEST_KEY && AS_IT_IS.test(key)) return `{k:${key}}`;
  const bytes = Buffer.from(key, key.isWellFormed() ? 'utf8' : 'utf16le');
  return `{h:${createHash('sha256').update(bytes).digest('base64url')}}`;
}

/** Keeps services that share a store apart. Throws a TypeError for what a store would not take. */
export function checkPrefix(prefix: string): string {
  if (prefix.length <= LONGEST_PREFIX && (prefix === '' || AS_IT_IS.test(prefix))) return prefix;
  throw new TypeError(`a prefix is up to ${LONGEST_PREFIX} printable characters without braces`);
}
