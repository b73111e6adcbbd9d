import { setTimeout as delay } from 'node:timers/promises';
import type { Component } from '@groundwork/service';
import type { Change } from '../domain/change.ts';
import { untilDone } from './applier.ts';
import { createChangeList } from './change-list.ts';
import { explain } from './explain.ts';
import { openListener } from './listener.ts';
import { invalidateAll } from './invalidate-all.ts';
import { createStreamMetrics } from './metrics.ts';
import { validName } from './names.ts';
import { parsePayload } from './notify-payload.ts';
import { areInstalled, installNotify, type NotifiedColumns } from './notify-triggers.ts';
import { applicationName } from './slot.ts';
import { DEFAULT_NAME, type ChangeStreamOptions } from './stream.ts';

export interface NotifyOptions extends Omit<ChangeStreamOptions<unknown>, 'db' | 'tables' | 'ttlSeconds'> {
  /** The declared tables, and which of their columns are told. */
  columns: NotifiedColumns;
  /** How often the connection proves that it is alive, in ms. */
  heartbeatMs?: number;
}

export interface NotifyStatus {
  mode: 'notify';
  /** Whether notifications are received. */
  connected: boolean;
  /** In ms since 1970, by our clock. */
  lastCommitAt: number | null;
}

export interface Notify extends Component {
  status(): Promise<NotifyStatus>;
  /** For readiness: rejects with a sentence while nothing is heard. */
  check(): Promise<void>;
}

const HEARTBEAT_MS = 2_000;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 2_000;
/** How often the triggers are looked for, in ms: a table that is made anew has none. */
const WATCH_MS = 5_000;

/**
 * Every instance hears by itself of what triggers tell. For databases without logical decoding: the
 * writer pays for each row, and what is sent while nobody listens is lost, so everything is
 * invalidated after each (re)connection.
 *
 * A notification is delivered only when the transaction it comes from is visible to all.
 *
 * States: connecting (triggers, LISTEN) → invalidating everything → listening → (connection lost,
 * silent, or triggers gone) → connecting.
 */
export function createNotify(options: NotifyOptions): Notify {
  const { pool, columns } = options;
  const name = validName(options.name ?? DEFAULT_NAME);
  const log = options.logger.child({ channel: name });
  const metrics = createStreamMetrics(options.registry);
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  let problem: string | undefined = 'the first connection is being made';
  let lastCommitAt: number | null = null;

  async function run(): Promise<void> {
    let pause = FIRST_RETRY_MS;
    let reason = 'notifications were missed before this instance listened';
    while (!stopping.signal.aborted) {
      try {
        await listen(reason, () => {
          pause = FIRST_RETRY_MS;
          reason = 'notifications were missed while there was no connection';
        });
      } catch (error) {
        if (stopping.signal.aborted) return;
        const explained = explain(error);
        problem = explained.message;
        log.warn({ error: explained }, `no notifications are received: ${problem}`);
      }
      await delay(pause, undefined, { signal: stopping.signal }).catch(() => undefined);
      pause = Math.min(2 * pause, LONGEST_RETRY_MS);
    }
  }

  async function listen(reason: string, onListening: () => void): Promise<void> {
    const ending = new AbortController();
    const signal = AbortSignal.any([stopping.signal, ending.signal]);
    const arrived = createInbox(signal);
    await installNotify(pool, name, columns);
    const listener = await openListener({
      databaseUrl: options.databaseUrl,
      channel: name,
      applicationName: applicationName(name),
      heartbeatMs: options.heartbeatMs ?? HEARTBEAT_MS,
      onMessage(payload) {
        const change = parsePayload(payload);
        if (change === undefined) log.warn('a notification that is none of ours');
        else if (columns[change.table] !== undefined) arrived.add(change, payload.length);
      },
    });
    const broken = Promise.withResolvers<never>();
    broken.promise.catch(() => undefined);
    try {
      await Promise.race([
        listener.ended,
        broken.promise,
        watch(signal),
        aborted(stopping.signal),
        (async () => {
          log.info({ reason }, `everything that is cached of the database is invalidated: ${reason}`);
          // What arrives meanwhile is applied after it.
          const { rest } = await invalidateAll(pool, () => all(reason, signal), signal);
          if (signal.aborted) return;
          rest?.().catch(broken.reject);
          onListening();
          problem = undefined;
          while (!signal.aborted) {
            await arrived.some();
            if (!signal.aborted) await applyOne(arrived.take(), signal);
          }
        })(),
      ]);
    } finally {
      problem = 'the connection was lost';
      ending.abort();
      await listener.close();
    }
  }

  async function all(reason: string, signal: AbortSignal): Promise<void> {
    const apply = (): Promise<void> => options.applyAll(reason);
    await untilDone(apply, 'everything could not be invalidated', { signal, logger: log });
  }

  async function applyOne(changes: readonly Change[], signal: AbortSignal): Promise<void> {
    const commit = { changes, own: [], version: 0n, committedAt: Date.now() };
    const apply = (): Promise<void> => options.apply([commit]);
    if (!(await untilDone(apply, 'changes could not be applied', { signal, logger: log }))) return;
    lastCommitAt = commit.committedAt;
    metrics.applied([commit]);
  }

  async function watch(signal: AbortSignal): Promise<void> {
    for (;;) {
      await delay(WATCH_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      if (!(await areInstalled(pool, name, Object.keys(columns)))) throw new Error('triggers are gone');
    }
  }

  return {
    name: 'change notifications',
    start() {
      running = run();
    },
    async stop() {
      stopping.abort(new Error('stopping'));
      await running;
    },
    async status() {
      return { mode: 'notify', connected: problem === undefined, lastCommitAt };
    },
    async check() {
      if (problem !== undefined) throw new Error(`no notifications are received: ${problem}`);
    },
  };
}

/** What has arrived and waits, in bounded memory. An abort ends the waiting too. */
function createInbox(signal: AbortSignal) {
  let list = createChangeList();
  let arrival = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => arrival.resolve(), { once: true });
  return {
    add(change: Change, bytes: number): void {
      list.add(change, bytes);
      arrival.resolve();
    },
    some: () => arrival.promise,
    take(): readonly Change[] {
      const { changes } = list;
      list = createChangeList();
      arrival = Promise.withResolvers();
      return changes;
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
