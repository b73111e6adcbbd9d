import { Lru } from './lru.ts';
import { S3Fifo } from './s3-fifo.ts';
import { Sieve } from './sieve.ts';
import type { Key, Slot, Slots } from './slots.ts';
import { WTinyLfu } from './w-tinylfu.ts';

/** What decides who goes when there is no room. The map that asks it holds the entries, and sees to the limit. */
export interface Policy {
  /** One that is here was asked for. */
  hit(slot: Slot): void;
  /** A key that is not here is about to come in; it may still be refused by `victim`. */
  arrive(slot: Slot, key: Key): void;
  /** There is room now. */
  add(slot: Slot): void;
  /** Who should go, so that the newcomer (or NONE) finds room: one of those here, who is not removed yet, or the newcomer. */
  victim(newcomer: Slot): Slot;
  /** `isEvicted`: for want of room; otherwise the caller wants it gone. */
  remove(slot: Slot, isEvicted: boolean): void;
  /** Before the size in `slots` changes. */
  resize(slot: Slot, size: number): void;
  clear(): void;
  /** Keys, or words of counters, that are remembered beside the entries. */
  readonly remembered: number;
}

export const POLICIES = ['lru', 'sieve', 's3-fifo', 'w-tinylfu'] as const;
export type PolicyName = (typeof POLICIES)[number];

export function createPolicy(name: PolicyName, slots: Slots, maxBytes: number): Policy {
  switch (name) {
    case 'lru':
      return new Lru(slots);
    case 'sieve':
      return new Sieve(slots);
    case 's3-fifo':
      return new S3Fifo(slots, maxBytes);
    case 'w-tinylfu':
      return new WTinyLfu(slots, maxBytes);
  }
}
