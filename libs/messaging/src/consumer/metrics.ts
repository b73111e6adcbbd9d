import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** done · retried · permanent (to the DLQ at once) · exhausted (to the DLQ after its last attempt) · returned (by a drain) */
export type Outcome = 'done' | 'retried' | 'permanent' | 'exhausted' | 'returned';

export interface ConsumerMetrics {
  /** `seconds` in the handler; left out for a message that is handed back. */
  finished(outcome: Outcome, seconds?: number): void;
  inFlight(count: number): void;
  received(ageSeconds: number): void;
  pollFailed(): void;
}

/** A process may have several consumers; a registry takes each name once. */
const metersOf = new WeakMap<Registry, ReturnType<typeof createMeters>>();

export function createConsumerMetrics(registry: Registry, queue: string): ConsumerMetrics {
  const meters = metersOf.get(registry) ?? createMeters(registry);
  metersOf.set(registry, meters);
  const { messages, inFlight, age, handling, failedPolls } = meters;
  return {
    finished(outcome, seconds) {
      messages.inc({ queue, outcome });
      if (seconds !== undefined) handling.observe({ queue, outcome }, seconds);
    },
    inFlight: (count) => inFlight.set({ queue }, count),
    received: (seconds) => age.observe({ queue }, seconds),
    pollFailed: () => failedPolls.inc({ queue }),
  };
}

function createMeters(registry: Registry) {
  const messages = new Counter({
    name: 'queue_messages_total',
    help: 'Messages by what became of them',
    labelNames: ['queue', 'outcome'],
    registers: [registry],
  });
  const inFlight = new Gauge({
    name: 'queue_messages_in_flight',
    help: 'Messages this process holds at the moment',
    labelNames: ['queue'],
    registers: [registry],
  });
  const age = new Histogram({
    name: 'queue_message_age_seconds',
    help: 'Age of a message when it was received',
    labelNames: ['queue'],
    buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400],
    registers: [registry],
  });
  const handling = new Histogram({
    name: 'queue_handler_seconds',
    help: 'Time in the handler',
    labelNames: ['queue', 'outcome'],
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    registers: [registry],
  });
  const failedPolls = new Counter({
    name: 'queue_failed_polls_total',
    help: 'ReceiveMessage calls that failed',
    labelNames: ['queue'],
    registers: [registry],
  });
  return { messages, inFlight, age, handling, failedPolls };
}
