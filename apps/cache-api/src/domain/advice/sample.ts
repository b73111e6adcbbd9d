import { hashText } from '../eviction/hash.ts';
import { Events, KINDS, type Kind } from './events.ts';
import type { Tier } from './tally.ts';

const ALL = 2 ** 32;
/** With fewer, hit ratios of the sample are off by more than about 2 points (FAST '15, figure 5; measured in samples_tell_of_all_traffic). */
const FEWEST_KEYS = 4_096;
/** Of the oldest, dropped at once, so that it is seldom done. */
const DROPPED = 4;
const MOST_TAGS = 4;
/** Asked for again this soon, it is a hit whatever is set: the shortest TTL is 1 s, and no L1 is smaller than that. */
const AT_ONCE = { ms: 250, answers: 64 };

/** One that has events. */
interface Known {
  events: number;
  /** Where its last request is; −1: nowhere, or it has changed since. */
  last: number;
  isChanged: boolean;
  tags: readonly number[];
}

export interface Asked {
  tier: Tier;
  sizeBytes: number;
  loadMs: number;
  ageMs: number;
  now: number;
  tags?: readonly string[] | undefined;
}

/**
 * Requests of a share of the keys, all of them for each (SHARDS; Waldspurger et al., FAST '15): those whose hash is
 * below a threshold. When there is no room and they do not reach back far enough, the threshold is halved;
 * otherwise the oldest go. Changes of these keys are among them, so that a replay knows what would have been old.
 */
export class Sample {
  readonly events = new Events();
  /** Answers so far, sampled or not. */
  answers = 0;
  #threshold = ALL;
  readonly #known = new Map<number, Known>();
  /** Those that keys here carry, and whether they changed since one of these was asked for. */
  readonly #tags = new Map<number, boolean>();
  #isAllChanged = false;
  /** When a tag or everything changed last. */
  #manyChangedAt = -Infinity;
  readonly #most: number;
  readonly #spanMs: number;
  readonly #seed: number;

  /** `most`: events; `spanMs`: how far back they should reach. */
  constructor(most: number, spanMs: number, seed: number) {
    this.#most = most;
    this.#spanMs = spanMs;
    this.#seed = seed;
  }

  get keys(): number {
    return this.#known.size;
  }

  /** The most that any of its indexes has. */
  get remembered(): number {
    return Math.max(this.#known.size, this.#tags.size / MOST_TAGS);
  }

  /** Share of the keys, 0 to 1. */
  get rate(): number {
    return this.#threshold / ALL;
  }

  asked(key: string, asked: Asked): void {
    this.answers += 1;
    const hash = hashText(key, this.#seed) >>> 0;
    if (hash < this.#threshold) this.#add(this.#idOf(key, hash), asked);
  }

  changedKey(key: string, now: number): void {
    const hash = hashText(key, this.#seed) >>> 0;
    if (hash >= this.#threshold) return;
    const id = this.#idOf(key, hash);
    const known = this.#known.get(id);
    // Two changes with no request between are as one.
    if (known === undefined || known.isChanged) return;
    known.isChanged = true;
    known.last = -1;
    known.events += 1;
    this.#push(KINDS.changedKey, id, now);
  }

  changedTag(tag: string, now: number): void {
    const id = this.#tag(tag);
    if (this.#tags.get(id) !== false) return;
    this.#tags.set(id, true);
    this.#manyChangedAt = now;
    this.#push(KINDS.changedTag, id, now);
  }

  changedAll(now: number): void {
    if (this.#isAllChanged) return;
    this.#isAllChanged = true;
    this.#manyChangedAt = now;
    this.#push(KINDS.changedAll, 0, now);
  }

  tagsOf(id: number): readonly number[] {
    return this.#known.get(id)?.tags ?? [];
  }

  #add(id: number, { tier, sizeBytes, loadMs, ageMs, now, tags = [] }: Asked): void {
    const { events, answers } = this;
    const known = this.#known.get(id);
    if (known !== undefined && known.last >= 0 && tier !== 'source') {
      const { last } = known;
      const at = events.time[last]!;
      const isSoon = now - at < AT_ONCE.ms && at > this.#manyChangedAt;
      if (isSoon && answers - events.answers[last]! < AT_ONCE.answers) {
        events.repeats[last]! += 1;
        return;
      }
    }
    this.#makeRoom(now);
    // It may be gone by now.
    if (!this.#isSampled(id)) return;
    const hashes = tags.length === 0 ? [] : tags.slice(0, MOST_TAGS).map((tag) => this.#tag(tag));
    for (const tag of hashes) this.#tags.set(tag, false);
    this.#isAllChanged = false;
    const before = this.#known.get(id);
    const last = events.length;
    this.#known.set(id, { events: (before?.events ?? 0) + 1, last, isChanged: false, tags: hashes });
    events.push({ kind: KINDS[tier], time: now, id, size: sizeBytes, loadMs, ageMs, answers });
  }

  #push(kind: Kind, id: number, time: number): void {
    this.#makeRoom(time);
    if (kind === KINDS.changedKey && !this.#isSampled(id)) return;
    this.events.push({ kind, time, id, size: 0, loadMs: 0, ageMs: 0, answers: this.answers });
  }

  #makeRoom(now: number): void {
    const { events } = this;
    if (events.length < this.#most) return;
    const isTooShort = now - events.time[0]! < this.#spanMs;
    if (isTooShort && this.#known.size >= 2 * FEWEST_KEYS) this.#halve();
    if (events.length > this.#most * (1 - 1 / DROPPED)) this.#dropOldest(Math.ceil(events.length / DROPPED));
    const tags = new Set([...this.#known.values()].flatMap((known) => known.tags));
    for (const tag of this.#tags.keys()) if (!tags.has(tag)) this.#tags.delete(tag);
  }

  #halve(): void {
    const { events } = this;
    this.#threshold /= 2;
    for (const id of this.#known.keys()) if (!this.#isSampled(id)) this.#known.delete(id);
    events.keep((at) => events.kind[at]! > KINDS.changedKey || this.#isSampled(events.id[at]!));
    for (const known of this.#known.values()) known.last = -1;
  }

  #dropOldest(count: number): void {
    const { events } = this;
    for (let at = 0; at < count; at += 1) {
      const known = events.kind[at]! > KINDS.changedKey ? undefined : this.#known.get(events.id[at]!);
      if (known === undefined) continue;
      known.events -= 1;
      if (known.events === 0) this.#known.delete(events.id[at]!);
    }
    events.dropOldest(count);
    for (const known of this.#known.values()) known.last = Math.max(-1, known.last - count);
  }

  #isSampled(id: number): boolean {
    return id / 2 ** 21 < this.#threshold;
  }

  /** 53 bits, the upper 32 of them those that are sampled by: with these alone, keys of a small sample would be mistaken for each other. */
  #idOf(key: string, hash: number): number {
    return hash * 2 ** 21 + (hashText(key, ~this.#seed) & 0x1fffff);
  }

  #tag(tag: string): number {
    return hashText(tag, this.#seed) >>> 0;
  }
}
