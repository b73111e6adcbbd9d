import { Counter, Gauge, type Registry } from 'prom-client';
import type { Capacity } from './ports/engine.ts';
import type { EndedAttempt } from './ports/ledger.ts';

export interface Metrics {
  ended: (engine: string, attempts: readonly EndedAttempt[]) => void;
  engine: (name: string, capacity: () => Capacity) => void;
}

export function createMetrics(registry: Registry): Metrics {
  const registers = [registry];
  const ended = new Counter({
    name: 'hpc_attempts_ended_total',
    help: 'Attempts that ended, by engine and by what became of them',
    labelNames: ['engine', 'cause'],
    registers,
  });
  const seconds = new Counter({
    name: 'hpc_attempt_seconds_total',
    help: 'How long they ran',
    labelNames: ['engine'],
    registers,
  });
  const engines = new Map<string, () => Capacity>();
  const gauge = (name: string, help: string, of: (capacity: Capacity) => number): void => {
    const collect = function (this: Gauge<'engine'>): void {
      for (const [engine, capacity] of engines) this.set({ engine }, of(capacity()));
    };
    void new Gauge({ name, help, labelNames: ['engine'], registers, collect });
  };
  gauge('hpc_engine_cores', 'Cores of the engines that this broker has', ({ cores }) => cores);
  gauge('hpc_engine_free_cores', 'Those that are free', ({ freeCores }) => freeCores);
  gauge('hpc_engine_open', '0: it can start nothing now', ({ closed }) => (closed === undefined ? 1 : 0));
  return {
    engine: (name, capacity) => void engines.set(name, capacity),
    ended(engine, attempts) {
      for (const { cause, seconds: took } of attempts) {
        ended.inc({ engine, cause });
        seconds.inc({ engine }, took);
      }
    },
  };
}
