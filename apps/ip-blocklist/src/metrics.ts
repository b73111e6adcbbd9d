import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { FeedEvent } from './feeds/keep-feeds.ts';
import type { TargetEvent } from './enforcement/target-run.ts';

const PHASES = ['in-sync', 'writing', 'waiting', 'failing'] as const;

export interface Metrics {
  target: (name: string, event: TargetEvent) => void;
  feed: (name: string, event: FeedEvent) => void;
}

/** Only the instance that leads has something to tell about targets. */
export function createMetrics(registry: Registry): Metrics {
  const registers = [registry];
  const writes = new Counter({
    name: 'ip_blocklist_writes_total',
    help: 'Calls that change a target, by what came of them',
    labelNames: ['target', 'operation', 'outcome'],
    registers,
  });
  const drift = new Counter({
    name: 'ip_blocklist_drift_total',
    help: 'Changes of a target that were not ours',
    labelNames: ['target'],
    registers,
  });
  const phase = new Gauge({
    name: 'ip_blocklist_target_phase',
    help: '1 for what the target is doing',
    labelNames: ['target', 'phase'],
    registers,
  });
  const blind = new Gauge({
    name: 'ip_blocklist_target_blind',
    help: '1: it blocks nobody although it holds addresses',
    labelNames: ['target'],
    registers,
  });
  const dropped = new Gauge({
    name: 'ip_blocklist_target_dropped_addresses',
    help: 'Listed addresses that there is no room for',
    labelNames: ['target'],
    registers,
  });
  const seconds = new Histogram({
    name: 'ip_blocklist_time_to_block_seconds',
    help: 'From accepting a block to its enforcement',
    labelNames: ['target'],
    buckets: [0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30, 60, 300, 1_800],
    registers,
  });
  const feedEntries = new Gauge({
    name: 'ip_blocklist_feed_entries',
    help: 'Entries of the last good copy',
    labelNames: ['feed'],
    registers,
  });
  const feedGoodAt = new Gauge({
    name: 'ip_blocklist_feed_last_good_timestamp_seconds',
    help: 'When a copy was last found good, changed or not',
    labelNames: ['feed'],
    registers,
  });
  const feedRuns = new Counter({
    name: 'ip_blocklist_feed_runs_total',
    help: 'Looks at a feed, by what came of them',
    labelNames: ['feed', 'outcome'],
    registers,
  });
  return {
    target(target, event) {
      switch (event.kind) {
        case 'write':
          writes.inc({ target, operation: event.operation, outcome: event.outcome });
          return;
        case 'drift':
          drift.inc({ target });
          return;
        case 'phase':
          for (const one of PHASES) phase.set({ target, phase: one }, Number(one === event.phase));
          blind.set({ target }, Number(event.isBlind));
          return;
        case 'dropped':
          dropped.set({ target }, event.addresses);
          return;
        case 'gone':
          // Whoever leads now tells.
          for (const one of PHASES) phase.remove({ target, phase: one });
          blind.remove({ target });
          dropped.remove({ target });
          return;
        case 'blocked':
          for (let i = 0; i < event.count; i += 1) seconds.observe({ target }, event.atMostMs / 1_000);
      }
    },
    feed(feed, event) {
      switch (event.kind) {
        case 'run':
          feedRuns.inc({ feed, outcome: event.outcome });
          return;
        case 'good':
          feedEntries.set({ feed }, event.entries);
          feedGoodAt.set({ feed }, event.at.getTime() / 1_000);
          return;
        case 'gone':
          feedEntries.remove({ feed });
          feedGoodAt.remove({ feed });
      }
    },
  };
}
