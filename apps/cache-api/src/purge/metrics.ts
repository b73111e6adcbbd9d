import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { budgetLeft, type PurgeStatus } from './queue.ts';

export type PurgeOutcome = 'sent' | 'completed' | 'collapsed' | 'left' | 'expired' | 'refused';

export interface PurgeMetrics {
  counted(outcome: PurgeOutcome, items: number): void;
  /** From each item's request until nothing older is given any more. */
  completed(seconds: readonly number[]): void;
}

export function createPurgeMetrics(registry: Registry, status: () => Promise<PurgeStatus>): PurgeMetrics {
  const registers = [registry];
  const items = new Counter({
    name: 'cache_purge_items_total',
    help: 'Tags and paths for the CDN by what became of them; left: to their TTL, the budget being used up',
    labelNames: ['outcome'],
    registers,
  });
  const seconds = new Histogram({
    name: 'cache_purge_seconds',
    help: 'From the request of an item until the CDN says that it is invalidated everywhere',
    buckets: [0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1_800, 3_600],
    registers,
  });
  gauge('cache_purge_waiting', 'Items that wait to be sent', ({ waiting }) => waiting);
  gauge('cache_purge_budget_left', 'Items that may still be sent this month', budgetLeft);

  /** Of the database, so that all instances tell the same. */
  function gauge(name: string, help: string, value: (status: PurgeStatus) => number): void {
    const one: Gauge = new Gauge({
      name,
      help,
      registers,
      async collect() {
        const now = await status().catch(() => undefined);
        if (now === undefined) one.remove();
        else one.set(value(now));
      },
    });
  }

  return {
    counted: (outcome, count) => {
      if (count > 0) items.inc({ outcome }, count);
    },
    completed: (all) => {
      for (const one of all) seconds.observe(one);
      items.inc({ outcome: 'completed' }, all.length);
    },
  };
}
