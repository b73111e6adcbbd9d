import { OVERHEAD_BYTES } from '../l1.ts';
import { binOf } from './durations.ts';
import { KINDS } from './events.ts';
import type { Sample } from './sample.ts';

/** Of the requests: with them, caches are filled before anything is counted. */
const WARM_UP = 0.4;
/** Events after which it can be interrupted. */
const STEP = 2_048;

/** The requests of a sample, made ready to be replayed many times; nothing of it changes any more. */
export interface Trace {
  /** Ms since the epoch. */
  time: Float64Array;
  /** From 0 on. */
  key: Int32Array;
  /** What it takes in L1, in bytes. */
  size: Float64Array;
  bodyBytes: Float64Array;
  loadMs: Float64Array;
  loadBin: Uint16Array;
  /** When what was shown had been loaded, if it was not for this. */
  loadedAt: Float64Array;
  wasInL1: Uint8Array;
  /** The request and those of the same key at once after it. */
  weight: Float64Array;
  /** When the key changed for the first time since its request before this; 0: it did not. */
  changedAt: Float64Array;
  length: number;
  keys: number;
  /** Share of all keys. */
  rate: number;
  /** Counted from this one on. */
  from: number;
  /** From the first counted one to the end. */
  spanMs: number;
  /** Of all there is. */
  recordedMs: number;
  /** All that came in that time, sampled or not. */
  answers: number;
  /** Of all different keys together, with those that are not sampled; what L1 would need to keep all. */
  workingSetBytes: number;
  /** Of a body, by request. */
  meanBytes: number;
  /** Of what is asked for, whether it was loaded or not. */
  meanLoadMs: number;
}

/** In steps of about 1 ms. What is recorded meanwhile is left out. */
export function* traceOf(sample: Sample): Generator<undefined, Trace> {
  const { events, rate } = sample;
  const count = events.length;
  const trace = empty(count, rate);
  const numbers = new Map<number, number>();
  const lastAt: number[] = [];
  const sizes: number[] = [];
  const changes = new Changes();
  let to = 0;
  let bytes = 0;
  let loadMs = 0;
  for (let at = 0; at < count; at += 1) {
    if (at % STEP === STEP - 1) yield;
    const id = events.id[at]!;
    const time = events.time[at]!;
    if (!events.isRequest(at)) {
      changes.add(events.kind[at]!, id, time);
      continue;
    }
    let key = numbers.get(id);
    if (key === undefined) numbers.set(id, (key = numbers.size));
    const isHit = events.kind[at] !== KINDS.source;
    trace.time[to] = time;
    trace.key[to] = key;
    bytes += events.size[at]!;
    loadMs += events.loadMs[at]!;
    trace.bodyBytes[to] = events.size[at]!;
    trace.size[to] = events.size[at]! + OVERHEAD_BYTES;
    trace.loadMs[to] = events.loadMs[at]!;
    trace.loadBin[to] = binOf(events.loadMs[at]!);
    trace.loadedAt[to] = isHit ? time - events.ageMs[at]! : -Infinity;
    trace.wasInL1[to] = events.kind[at] === KINDS.l1 ? 1 : 0;
    trace.weight[to] = 1 + events.repeats[at]!;
    const before = lastAt[key];
    trace.changedAt[to] = before === undefined ? 0 : changes.firstAfter(before, id, sample.tagsOf(id));
    lastAt[key] = time;
    sizes[key] = trace.size[to]!;
    to += 1;
  }
  const from = Math.floor(to * WARM_UP);
  const first = firstRequest(events.kind, from);
  const end = to === 0 ? 0 : Math.max(trace.time[to - 1]!, events.time[count - 1]!);
  return {
    ...trace,
    length: to,
    keys: numbers.size,
    from,
    spanMs: to === 0 ? 0 : end - trace.time[from]!,
    recordedMs: to === 0 ? 0 : end - trace.time[0]!,
    answers: to === 0 ? 0 : sample.answers - events.answers[first]! + 1,
    workingSetBytes: sizes.reduce((sum, size) => sum + size, 0) / rate,
    meanBytes: bytes / Math.max(1, to),
    meanLoadMs: loadMs / Math.max(1, to),
  };
}

/** Where the request with that number is. */
function firstRequest(kind: Uint8Array, number: number): number {
  let left = number;
  let at = 0;
  for (; at < kind.length - 1; at += 1) {
    if (kind[at]! > KINDS.source) continue;
    if (left === 0) break;
    left -= 1;
  }
  return at;
}

function empty(length: number, rate: number) {
  const floats = () => new Float64Array(length);
  const columns = { time: floats(), key: new Int32Array(length), size: floats(), bodyBytes: floats() };
  const loads = { loadMs: floats(), loadBin: new Uint16Array(length), loadedAt: floats() };
  return {
    ...columns,
    ...loads,
    wasInL1: new Uint8Array(length),
    weight: floats(),
    changedAt: floats(),
    rate,
  };
}

/** Times at which keys, tags and everything changed, in order. */
class Changes {
  readonly #keys = new Map<number, number[]>();
  readonly #tags = new Map<number, number[]>();
  readonly #all: number[] = [];

  add(kind: number, id: number, time: number): void {
    if (kind === KINDS.changedAll) {
      this.#all.push(time);
      return;
    }
    const those = kind === KINDS.changedKey ? this.#keys : this.#tags;
    const times = those.get(id);
    if (times === undefined) those.set(id, [time]);
    else times.push(time);
  }

  /** 0: it did not change since. */
  firstAfter(since: number, id: number, tags: readonly number[]): number {
    let first = firstAbove(this.#keys.get(id), since);
    first = Math.min(first, firstAbove(this.#all, since));
    for (const tag of tags) first = Math.min(first, firstAbove(this.#tags.get(tag), since));
    return first === Infinity ? 0 : first;
  }
}

/** By bisection, from the end when there is none: most changes are long past. */
function firstAbove(times: readonly number[] | undefined, since: number): number {
  if (times === undefined || times.length === 0 || times.at(-1)! < since) return Infinity;
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! < since) low = middle + 1;
    else high = middle;
  }
  return times[low]!;
}
