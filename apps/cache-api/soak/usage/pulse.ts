import { readFileSync } from 'node:fs';
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
  /** By process, how long its main thread was ready to run and did not, in ms. */
  readonly #waits = new Map<string, { ms: number; since: number; life: number; last: number }>();
  /** Who is being asked, and since when. */
  readonly #asking = new Map<string, number>();
  readonly #stalls: { until: number; ms: number; of: string }[] = [];

  async run(instances: readonly Instance[], signal: AbortSignal): Promise<void> {
    await Promise.all([this.#ours(signal), ...instances.map((one) => this.#theirs(one, signal))]);
  }

  /** Since `began`, in ms of `performance.now()`, or shortly before. */
  hasStalled(began: number): boolean {
    const now = performance.now();
    const isStalling = [...this.#asking.values()].some((since) => now - since > STALL_MS);
    return isStalling || this.#stalls.some(({ until }) => until > began - AFTERWARDS_MS);
  }

  get text(): string {
    const told = Map.groupBy(this.#stalls, ({ of }) => of);
    const all = [...told].map(
      ([of, stalls]) =>
        `${of} ${stalls.length}, longest ${Math.max(...stalls.map(({ ms }) => ms)).toFixed(0)} ms`,
    );
    const waited = [...this.#waits].map(([of, { ms, since }]) => {
      const share = (100 * ms) / (performance.now() - since);
      return `${of} ${share.toFixed(0)} %`;
    });
    return `stalls of more than ${STALL_MS} ms: ${all.length === 0 ? 'none' : all.join('; ')}; time spent waiting for a CPU: ${waited.join(', ')}`;
  }

  async #ours(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const began = performance.now();
      await delay(EVERY_MS, undefined, { signal }).catch(() => undefined);
      this.#took('soak', performance.now() - began - EVERY_MS);
      this.#waited('soak', 0, process.pid);
    }
  }

  async #theirs(one: Instance, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(EVERY_MS, undefined, { signal }).catch(() => undefined);
      if (one.state !== 'up') continue;
      this.#waited(one.name, one.life, one.pid!);
      const began = performance.now();
      this.#asking.set(one.name, began);
      const limit = AbortSignal.timeout(10_000);
      const answer = await fetch(`http://127.0.0.1:${one.port}/healthz`, { signal: limit }).catch(
        () => undefined,
      );
      await answer?.body?.cancel();
      this.#asking.delete(one.name);
      this.#took(one.name, performance.now() - began);
    }
  }

  #waited(of: string, life: number, pid: number): void {
    const total = waitedMs(pid);
    const was = this.#waits.get(of) ?? { ms: 0, since: performance.now(), life, last: total };
    const more = was.life === life ? total - was.last : total;
    this.#waits.set(of, { ...was, ms: was.ms + more, life, last: total });
  }

  #took(of: string, ms: number): void {
    if (ms > STALL_MS) this.#stalls.push({ of, ms, until: performance.now() });
  }
}

/** Since its start, in ms: the second number is ns in the queue (Documentation/scheduler/sched-stats.rst). */
function waitedMs(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'latin1').split(' ')[1]) / 1e6;
  } catch {
    return 0; // it has ended at this moment
  }
}
