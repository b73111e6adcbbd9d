import type { CacheAdvice } from '@groundwork/contracts';
import type { Forget } from '../cache/local.ts';
import type { PolicyName } from '../eviction/policy.ts';
import type { Policy } from '../policy.ts';
import { advise, type Subject } from './advise.ts';
import type { StoreKind } from './costs.ts';
import { PRICES, PRICES_OF } from './prices.ts';
import { Recorder, type Recorded, type RecorderOptions } from './recorder.ts';
import { Slices } from './slices.ts';
import { traceOf } from './trace.ts';

export interface AdvisedCollection {
  name: string;
  policy: Pick<Policy, 'ttlMs' | 'jitter' | 'swrMs'>;
  /** False: its values are put by clients, who say how long they live. */
  hasSource: boolean;
}

export interface AdviceOptions {
  /** Of the process, as it is set. */
  l1: { bytes: number; policy: PolicyName };
  store: StoreKind;
  /** Whether changes that others make in the database invalidate what is cached. */
  hearsChanges: boolean;
  collections: () => Iterable<AdvisedCollection>;
  /** Of the service, this one included. */
  instances?: () => number;
  /** From commit to gone. */
  lag?: () => Subject['lag'];
  /** Ms since the epoch. */
  now?: () => number;
  recorder?: RecorderOptions;
  /** What one report may take of the processor, in ms. */
  budgetMs?: number;
  /** For how long a report is given again, in ms. */
  keepMs?: number;
}

export interface Advice {
  record(collection: string, key: string, answer: Recorded): void;
  /** What has been invalidated, by whomever. */
  changed(what: Forget): void;
  /** Undefined: there is no such collection. */
  report(collection?: string): Promise<CacheAdvice | undefined>;
}

/** What is learned from the traffic of this process about its settings. */
export function createAdvice(options: AdviceOptions): Advice {
  const { now = Date.now, keepMs = 30_000 } = options;
  const recorder = new Recorder(options.recorder);
  let last: { at: number; report: Promise<CacheAdvice> } | undefined;
  return {
    record: (collection, key, answer) => recorder.record(collection, key, answer),
    changed: (what) => recorder.changed(what, now()),
    async report(collection) {
      const names = [...options.collections()].map(({ name }) => name);
      if (collection !== undefined && !names.includes(collection)) return undefined;
      // One at a time, however many ask.
      if (last === undefined || now() - last.at >= keepMs) {
        last = { at: now(), report: reportOn(recorder, options, now()) };
        last.report.catch(() => (last = undefined));
      }
      const report = await last.report;
      if (collection === undefined) return report;
      return { ...report, collections: report.collections.filter((one) => one.collection === collection) };
    },
  };
}

async function reportOn(recorder: Recorder, options: AdviceOptions, now: number): Promise<CacheAdvice> {
  const { l1, store, hearsChanges, budgetMs = 2_000 } = options;
  const instances = Math.max(1, options.instances?.() ?? 1);
  let cpuMs = 0;
  let isComplete = true;
  const preparing = new Slices(Infinity);
  const found = await preparing.all(subjectsOf(recorder, options, instances, now));
  cpuMs += preparing.cpuMs;
  const all = found.reduce((sum, { trace }) => sum + trace.workingSetBytes, 0);
  const report: CacheAdvice['collections'] = [];
  for (const [index, subject] of found.entries()) {
    const { present, trace } = subject;
    // It is shared by all collections: each is taken to have of it as it has of what is asked for.
    const share = all === 0 ? 1 : trace.workingSetBytes / all;
    const slices = new Slices((budgetMs - cpuMs) / (found.length - index));
    // oxlint-disable-next-line no-await-in-loop -- one after the other, so that requests are answered in between
    report.push(await advise({ ...subject, present: { ...present, share } }, slices));
    // oxlint-disable-next-line no-await-in-loop -- as above
    await slices.pause();
    cpuMs += slices.cpuMs;
    isComplete &&= slices.isComplete;
  }
  return {
    at: new Date(now).toISOString(),
    present: { l1Bytes: l1.bytes, policy: l1.policy, store, hearsChanges, instances },
    prices: { ...PRICES_OF, list: Object.values(PRICES).map((price) => ({ ...price })) },
    cpuMs,
    isComplete,
    collections: report,
  };
}

function* subjectsOf(
  recorder: Recorder,
  { l1, store, hearsChanges, collections, lag }: AdviceOptions,
  instances: number,
  now: number,
): Generator<Subject | undefined> {
  for (const { name, policy, hasSource } of collections()) {
    const traffic = recorder.of(name);
    if (traffic === undefined) continue;
    yield {
      name,
      traffic,
      trace: yield* traceOf(traffic.sample),
      present: {
        ttlMs: policy.ttlMs,
        jitter: policy.jitter,
        swrMs: policy.swrMs,
        l1Bytes: l1.bytes,
        share: 1,
        policy: l1.policy,
        hasStore: store !== 'none',
        isInvalidated: true,
        hasSource,
      },
      costs: { store, instances, hasSource },
      hearsChanges,
      lag: lag?.() ?? { p50Ms: null, p99Ms: null },
      now,
    };
  }
}
