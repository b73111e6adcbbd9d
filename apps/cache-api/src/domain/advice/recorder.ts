import { randomInt } from 'node:crypto';
import type { Answer } from '../cache/answer.ts';
import type { Forget } from '../cache/local.ts';
import { collectionOf } from '../cache/collection.ts';
import { Recent } from './recent.ts';
import { Sample } from './sample.ts';
import { Tally } from './tally.ts';

/** One answer. */
export interface Recorded {
  tier: Answer['tier'];
  state: Answer['state'];
  sizeBytes: number;
  /** How long its entry took to load, in ms: also of one that was loaded long ago. */
  loadMs: number;
  /** Of its entry, in ms; 0 when it was loaded for this. */
  ageMs: number;
  /** Ms since the epoch. */
  now: number;
  /** How long this answer took, in ms, if it was measured. */
  tookMs?: number | undefined;
  tags?: readonly string[] | undefined;
}

export interface Traffic {
  sample: Sample;
  tally: Tally;
  l1Ms: Recent;
  storeMs: Recent;
  sourceMs: Recent;
}

/** In ms. Of a hit: 31 µs of CPU (1 KB, node:http, Node 20); of a store in the same zone: one round trip and its work. */
const ASSUMED = { l1: 0.03, store: 1, source: 20 };
const MOST_COLLECTIONS = 256;

export interface RecorderOptions {
  /** Events that are kept of each collection, at most. */
  events?: number;
  /** How far back they should reach, in ms: twice the longest TTL that is tried. */
  spanMs?: number;
  /** Decides which keys are sampled. */
  seed?: number;
}

/** What was asked for lately, by collection: counted, and a sample of it. Its memory is bounded, whatever comes. */
export class Recorder {
  readonly #traffic = new Map<string, Traffic>();
  readonly #options: Required<RecorderOptions>;

  constructor(options: RecorderOptions = {}) {
    this.#options = { events: 65_536, spanMs: 2 * 3_600_000, seed: randomInt(2 ** 32), ...options };
  }

  record(collection: string, key: string, answer: Recorded): void {
    const traffic = this.#traffic.get(collection) ?? this.#begin(collection, answer.now);
    if (traffic === undefined) return;
    traffic.tally.count(answer.tier, answer.state === 'stale', answer.now);
    if (answer.tookMs !== undefined) this.#timesOf(traffic, answer.tier).add(answer.tookMs);
    else if (answer.state === 'miss') traffic.sourceMs.add(answer.loadMs);
    traffic.sample.asked(key, answer);
  }

  /** What has been invalidated. Keys are `name/id`. */
  changed({ keys = [], tags = [], namespaces = [] }: Forget, now: number): void {
    for (const key of keys) {
      const name = collectionOf(key);
      this.#traffic.get(name)?.sample.changedKey(key.slice(name.length + 1), now);
    }
    for (const name of namespaces) this.#traffic.get(name)?.sample.changedAll(now);
    for (const tag of tags) {
      for (const { sample } of this.#traffic.values()) sample.changedTag(tag, now);
    }
  }

  of(collection: string): Traffic | undefined {
    return this.#traffic.get(collection);
  }

  #timesOf(traffic: Traffic, tier: Answer['tier']): Recent {
    return tier === 'l1' ? traffic.l1Ms : tier === 'store' ? traffic.storeMs : traffic.sourceMs;
  }

  #begin(collection: string, now: number): Traffic | undefined {
    if (this.#traffic.size >= MOST_COLLECTIONS) return undefined;
    const { events, spanMs, seed } = this.#options;
    const traffic: Traffic = {
      sample: new Sample(events, spanMs, seed),
      tally: new Tally(now),
      l1Ms: new Recent(ASSUMED.l1),
      storeMs: new Recent(ASSUMED.store),
      sourceMs: new Recent(ASSUMED.source),
    };
    this.#traffic.set(collection, traffic);
    return traffic;
  }
}
