import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { SlotFacts } from './slot.ts';
import type { Commit } from './stream.ts';

export interface StreamMetrics {
  applied(batch: readonly Commit[]): void;
  lag(ms: number): void;
}

/** Without a registry, they are kept and shown to nobody. */
export function createStreamMetrics(
  registry: Registry = new Registry(),
  slot?: () => Promise<SlotFacts | undefined>,
): StreamMetrics {
  const registers = [registry];
  const changes = new Counter({
    name: 'cache_changes_total',
    help: 'Changes of rows that were applied; truncate: all of a table, or too many to tell',
    labelNames: ['table', 'kind'],
    registers,
  });
  if (slot === undefined) return { applied: count, lag: () => undefined };
  const seconds = new Histogram({
    name: 'cache_commit_to_invisible_seconds',
    help: 'From a commit until nothing of before is visible any more',
    buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    registers,
  });
  slotGauge(
    'cache_slot_retained_bytes',
    'Log that the server keeps for the slot',
    (facts) => facts.retainedBytes,
  );
  slotGauge(
    'cache_slot_safe_bytes',
    'How much more may be written before the slot is lost; absent without max_slot_wal_keep_size',
    (facts) => facts.safeBytes,
  );

  function slotGauge(name: string, help: string, value: (facts: SlotFacts) => number | null): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers,
      async collect() {
        const facts = await slot?.().catch(() => undefined);
        const now = facts === undefined ? null : value(facts);
        if (now === null) gauge.remove();
        else gauge.set(now);
      },
    });
  }

  function count(batch: readonly Commit[]): void {
    for (const commit of batch) for (const { table, kind } of commit.changes) changes.inc({ table, kind });
  }

  return { applied: count, lag: (ms) => seconds.observe(Math.max(0, ms) / 1_000) };
}
