import { randomInt } from 'node:crypto';
import type { Key } from './slots.ts';

/** Another one in each process: nobody can know from outside which keys share a counter. */
const SEED = randomInt(2 ** 32);

/** 32 bits, signed. Of numbers it is always the same, so that replays are. */
export function hashKey(key: Key): number {
  return typeof key === 'number' ? mix(key) : hashText(key, SEED);
}

/** FNV-1a over UTF-16 units, then mixed, as its high bits are poor: about 1 ns per character. */
export function hashText(text: string, seed: number): number {
  let hash = seed ^ 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return mix(hash);
}

/** The finalizer of MurmurHash3: every bit of the input changes about half of the output. */
export function mix(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
