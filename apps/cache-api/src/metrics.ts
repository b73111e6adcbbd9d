import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Answer } from './domain/cache/answer.ts';
import type { Verdict } from './consistency-checker.ts';
import type { Collection } from './domain/cache/collection.ts';

export interface Metrics {
  answered: (collection: Collection, answer: Answer) => void;
  /** What was not there, in ms. */
  read: (name: string, ms: number) => void;
  checked: (collection: Collection, verdict: Verdict) => void;
}

export interface Measured {
  local: () => { entries: number; bytes: number };
  /** 1 or 0. */
  isHearing: () => boolean;
  pendingRepairs: () => number;
}

/** Answers are counted in numbers of our own, and given to the registry when it is asked: a hit has no time for more. */
export function createMetrics(registry: Registry, measured: Measured): Metrics {
  const registers = [registry];
  const counts = new Map<string, { labels: Record<string, string>; count: number }>();
  /** The usual case, by collection. */
  const hits = new Map<string, number>();
  const answers = new Counter({
    name: 'cache_answers_total',
    help: 'Answers by where they came from, and what became of the lease',
    labelNames: ['collection', 'state', 'tier', 'lease'],
    registers,
    collect() {
      for (const [collection, count] of hits) {
        answers.inc({ collection, state: 'hit', tier: 'l1', lease: 'none' }, count);
      }
      hits.clear();
      for (const counted of counts.values()) {
        answers.inc(counted.labels, counted.count);
        counted.count = 0;
      }
    },
  });
  const seconds = new Histogram({
    name: 'cache_read_seconds',
    help: 'Time to answer what was not in the cache, or not fresh',
    labelNames: ['collection'],
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers,
  });
  const gauge = (name: string, help: string, value: () => number): void => {
    const collect = function (this: Gauge): void {
      this.set(value());
    };
    void new Gauge({ name, help, registers, collect });
  };
  gauge('cache_l1_entries', 'Entries kept in this process', () => measured.local().entries);
  gauge('cache_l1_bytes', 'Their size', () => measured.local().bytes);
  gauge('cache_l1_used', '0: nothing that is kept is used, as the bus is not heard', () =>
    measured.isHearing() ? 1 : 0,
  );
  gauge('cache_repairs_pending', 'Writes that could not be invalidated yet', measured.pendingRepairs);
  const checks = new Counter({
    name: 'cache_consistency_checks_total',
    help: 'Answers that were compared with the database',
    labelNames: ['collection', 'verdict'],
    registers,
  });
  let [compared, stale] = [0, 0];
  gauge('cache_stale_reads_per_million', 'Of the answers that were compared, since the start', () =>
    compared === 0 ? 0 : (stale / compared) * 1_000_000,
  );
  return {
    checked({ name }, verdict) {
      checks.inc({ collection: name, verdict });
      if (verdict !== 'failed') compared += 1;
      if (verdict === 'stale') stale += 1;
    },
    answered({ name }, { state, tier, lease }) {
      if (tier === 'l1' && state === 'hit') {
        hits.set(name, (hits.get(name) ?? 0) + 1);
        return;
      }
      const key = `${name} ${state} ${tier} ${lease}`;
      const counted = counts.get(key);
      if (counted === undefined)
        counts.set(key, { labels: { collection: name, state, tier, lease }, count: 1 });
      else counted.count += 1;
    },
    read: (name, ms) => seconds.observe({ collection: name }, ms / 1_000),
  };
}
