import { setTimeout as delay } from 'node:timers/promises';
import { TIMES } from '../catalogue.ts';
import type { Instance } from '../processes/instance.ts';

const EVERY_MS = 100;
/** Half of what the store may take: beyond it, calls of the store fail with nothing wrong with it. */
const STALL_MS = TIMES.store / 2;
/** Until circuits are closed and connections made again. */
const AFTERWARDS_MS = 3_000;

/**
 * Whether the processes get to run: each instance, and this one, through which the store is reached, is looked
 * at all the time. On a machine that is busy with other things, what they had no time for is no fault of theirs;
 * how often and for how long is told at the end, as it may be one all the same.
 */
export class Pulse {
  readonly #stalls: { until: number; ms: number; of: string }[] = [];

  async run(instances: readonly Instance[], signal: AbortSignal): Promise<void> {
    await Promise.all([this.#ours(signal), ...instances.map((one) => this.#theirs(one, signal))]);
  }

  /** Since `began`, in ms of `performance.now()`, or shortly before. */
  hasStalled(began: number): boolean {
    return this.#stalls.some(({ until }) => until > began - AFTERWARDS_MS);
  }

  get text(): string {
    const told = Map.groupBy(this.#stalls, ({ of }) => of);
    const all = [...told].map(
      ([of, stalls]) =>
        `${of} ${stalls.length}, longest ${Math.max(...stalls.map(({ ms }) => ms)).toFixed(0)} ms`,
    );
    return `stalls of more than ${STALL_MS} ms: ${all.length === 0 ? 'none' : all.join('; ')}`;
  }

  async #ours(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const began = performance.now();
      await delay(EVERY_MS, undefined, { signal }).catch(() => undefined);
      this.#took('soak', performance.now() - began - EVERY_MS);
    }
  }

  async #theirs(one: Instance, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(EVERY_MS, undefined, { signal }).catch(() => undefined);
      if (one.state !== 'up') continue;
      const began = performance.now();
      const limit = AbortSignal.timeout(10_000);
      const answer = await fetch(`http://127.0.0.1:${one.port}/healthz`, { signal: limit }).catch(
        () => undefined,
      );
      await answer?.body?.cancel();
      this.#took(one.name, performance.now() - began);
    }
  }

  #took(of: string, ms: number): void {
    if (ms > STALL_MS) this.#stalls.push({ of, ms, until: performance.now() });
  }
}
