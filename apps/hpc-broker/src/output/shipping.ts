import { setTimeout as delay } from 'node:timers/promises';
import { LostLease } from '@groundwork/database';
import type { Logger } from '@groundwork/service';
import { attemptName, type AttemptId } from '../domain/jobs/attempt-name.ts';
import { EngineUnavailable, type Engine } from '../ports/engine.ts';
import type { OutputLog, Shipped } from '../ports/output.ts';
import { DEFAULT_KEEP_BYTES } from './kept.ts';
import { readGrown, type Growth } from './read-grown.ts';

export interface ShippingParts {
  engine: Engine;
  log: OutputLog;
  /** Of the end of each stream. */
  keepBytes?: number | undefined;
  everyMs?: number | undefined;
  logger: Logger;
}

/** As often as a person watching a log would look, in ms. */
const EVERY_MS = 300;
/** Of one statement: about 20 ms of the database's time. The rest comes with the next. */
const BYTES_AT_ONCE = 4 * 1_024 ** 2;

/**
 * Brings what the attempts of one engine write to the table from which any process reads it: while they run,
 * every 300 ms, all that have written more in one statement; and what is left when they have ended.
 *
 * One attempt is never shipped twice at the same time: of two pieces that begin alike, the table keeps the
 * one that came first, and that may be the shorter one.
 */
export class Shipping {
  readonly #parts: ShippingParts;
  readonly #running = new Map<string, AttemptId>();
  /** How far each stream is in the table; nothing: it has nothing there. */
  readonly #shipped = new Map<string, Shipped>();
  /** Of these nobody knows it: they are asked for. */
  readonly #unsure = new Map<string, AttemptId>();
  #pass: { names: ReadonlySet<string>; done: Promise<unknown> } | undefined;

  constructor(parts: ShippingParts) {
    this.#parts = parts;
  }

  /** What another process may have shipped of before. */
  resume(attempts: readonly AttemptId[]): void {
    for (const one of attempts) this.#unsure.set(attemptName(one), one);
  }

  /** It runs, and may write. */
  follow(attempt: AttemptId): void {
    this.#running.set(attemptName(attempt), attempt);
  }

  /** All that they have written is in the table; they have ended and are not followed any more. */
  async finish(attempts: readonly AttemptId[]): Promise<void> {
    const names = attempts.map(attemptName);
    for (const name of names) this.#running.delete(name);
    if (names.some((name) => this.#pass?.names.has(name))) await this.#pass?.done;
    while (!(await this.#ship(attempts)));
    for (const name of names) this.#shipped.delete(name);
  }

  /** Until the signal aborts, or the lease is lost. */
  async run(signal: AbortSignal): Promise<void> {
    const { everyMs = EVERY_MS, logger } = this.#parts;
    while (!signal.aborted) {
      await delay(everyMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted || this.#running.size === 0) continue;
      const attempts = [...this.#running.values()];
      const done = this.#ship(attempts).catch((error: unknown) => {
        // Perhaps it was written, and only the answer was lost.
        this.resume(attempts);
        return error;
      });
      this.#pass = { names: new Set(this.#running.keys()), done };
      const error = await done;
      this.#pass = undefined;
      if (error instanceof LostLease) return;
      if (error instanceof Error && !(error instanceof EngineUnavailable)) {
        logger.warn({ error }, `what attempts write cannot be shipped now: ${error.message}`);
      }
    }
  }

  /** One statement. False: there was more than that. */
  async #ship(attempts: readonly AttemptId[]): Promise<boolean> {
    await this.#makeSure(attempts);
    const { engine, log, keepBytes = DEFAULT_KEEP_BYTES } = this.#parts;
    const { growths, isAll } = await readGrown(engine, attempts, {
      shippedOf: (name) => this.#shipped.get(name),
      keepBytes,
      mostBytes: BYTES_AT_ONCE,
    });
    if (growths.length === 0) return isAll;
    await log.append(growths.flatMap(({ pieces }) => pieces));
    for (const growth of growths) this.#note(growth);
    return isAll;
  }

  #note({ attempt, stream, next }: Growth): void {
    const name = attemptName(attempt);
    const before = this.#shipped.get(name) ?? { stdout: 0, stderr: 0 };
    this.#shipped.set(name, { ...before, [stream]: next });
    // Who has just had a turn comes last in the next one.
    if (this.#running.delete(name)) this.#running.set(name, attempt);
  }

  async #makeSure(attempts: readonly AttemptId[]): Promise<void> {
    if (this.#unsure.size === 0) return;
    const asked = attempts.filter((one) => this.#unsure.has(attemptName(one)));
    if (asked.length === 0) return;
    const known = await this.#parts.log.shipped(asked);
    for (const name of asked.map(attemptName)) {
      const shipped = known.get(name);
      if (shipped === undefined) this.#shipped.delete(name);
      else this.#shipped.set(name, shipped);
      this.#unsure.delete(name);
    }
  }
}
