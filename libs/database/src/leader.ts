import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Component, Logger } from '@groundwork/service';
import type { Kysely } from 'kysely';
import { giveUpLease, renewLease, takeLease, type Lease } from './lease.ts';

export interface LeaderOptions<Tables> {
  db: Kysely<Tables>;
  /** What there is to be one leader of. */
  name: string;
  logger: Logger;
  /**
   * The leader's work. It runs as long as the lease lasts and should end when the signal aborts.
   * If it ends or rejects before, it is begun again after a pause.
   */
  lead: (lease: Lease, signal: AbortSignal) => Promise<void>;
  ttlSeconds?: number;
  /** Another one per process; given in tests. */
  holder?: string;
}

const DEFAULT_TTL_SECONDS = 15;
/** Renewed three times in its life. */
const RENEWALS = 3;
/** Work is told to stop this much of the life before its end, counted on our own clock from before the renewal was sent. */
const MARGIN = 0.2;

/**
 * One of several processes leads at a time.
 *
 * States: following (tries to take the lease) → leading (works, renews) → following. The
 * lease is lost when it cannot be renewed in time, be it that the database does not answer or
 * that this process stood still: the work's signal aborts *before* anybody else can take the lease.
 * A process that stands still longer than that wakes up with an old epoch, which `requireLease` refuses.
 */
export function createLeader<Tables>(
  options: LeaderOptions<Tables>,
): Component & { readonly lease: Lease | undefined } {
  const { db, name, lead } = options;
  const ttl = options.ttlSeconds ?? DEFAULT_TTL_SECONDS;
  const holder = options.holder ?? randomUUID();
  const log = options.logger.child({ lease: name });
  const stopping = new AbortController();
  let lease: Lease | undefined;
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const asked = performance.now();
      lease = await takeLease(db, name, holder, ttl).catch((error: unknown) => {
        log.warn({ error }, 'the lease cannot be asked for');
        return undefined;
      });
      if (lease !== undefined) {
        log.info({ epoch: lease.epoch }, `leads ${name}`);
        await reign(lease, asked);
        lease = undefined;
      }
      await pause((ttl * 1000) / RENEWALS);
    }
  }

  /** Works and renews until the lease is lost or we stop. */
  async function reign(held: Lease, since: number): Promise<void> {
    const ended = new AbortController();
    const end = (reason: string): void => ended.abort(new Error(reason));
    const stop = (): void => end('stopping');
    stopping.signal.addEventListener('abort', stop, { once: true });
    // It may have come while the lease was being taken, and comes only once.
    if (stopping.signal.aborted) stop();
    let timer = arm(since);
    function arm(from: number): NodeJS.Timeout {
      return setTimeout(
        () => end('the lease could not be renewed in time'),
        // Node warns of times that have passed.
        Math.max(0, from + ttl * 1000 * (1 - MARGIN) - performance.now()),
      );
    }
    const work = workUntil(held, ended.signal);
    while (!ended.signal.aborted) {
      await pause((ttl * 1000) / RENEWALS, ended.signal);
      if (ended.signal.aborted) break;
      const asked = performance.now();
      try {
        if (await renewLease(db, held, ttl)) {
          clearTimeout(timer);
          timer = arm(asked);
        } else end('somebody else has the lease');
      } catch (error) {
        log.warn({ error }, 'the lease cannot be renewed');
      }
    }
    clearTimeout(timer);
    stopping.signal.removeEventListener('abort', stop);
    log.info(
      { epoch: held.epoch, reason: (ended.signal.reason as Error).message },
      `no longer leads ${name}`,
    );
    await work;
    await giveUpLease(db, held).catch(() => undefined); // it runs out by itself
  }

  async function workUntil(held: Lease, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await lead(held, signal);
      } catch (error) {
        if (!signal.aborted) log.error({ error }, `the work of ${name} failed and is begun again`);
      }
      await pause(1_000, signal);
    }
  }

  async function pause(ms: number, signal: AbortSignal = stopping.signal): Promise<void> {
    await delay(ms, undefined, { signal }).catch(() => undefined);
  }

  return {
    name: `leader of ${name}`,
    get lease() {
      return lease;
    },
    start() {
      running = run();
    },
    async stop() {
      stopping.abort(new Error('stopping'));
      await running;
    },
  };
}
