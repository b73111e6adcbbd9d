import { setTimeout as delay } from 'node:timers/promises';
import { DatabaseError, type PoolClient, type QueryArrayConfig } from 'pg';
import { SourceUnavailable } from '../../ports/source.ts';
import { connect, type Pools } from './pools.ts';

/** How long a cancelled query may take to end, in ms, before its connection is given up. */
const END_MS = 1_000;
/** How long one cancellation is waited for, in ms, before the next one. */
const AGAIN_MS = 100;

/** pg has it; its types do not say so. */
type Backend = PoolClient & { processID: number | null };

export type Values = (string | null | number)[];

/**
 * Runs one query, rows as arrays. When the signal aborts, its backend is cancelled, and once that has ended it
 * rejects with SourceUnavailable. The connection stays ours until then: nobody else's query is hit.
 */
export async function cancellable(
  pools: Pools,
  query: QueryArrayConfig,
  signal: AbortSignal,
): Promise<Values[]> {
  const client = await checkOut(pools, signal);
  let broken: Error | boolean = false;
  try {
    const running = client.query<Values>(query).then(
      ({ rows }) => ({ rows }),
      (error: Error) => ({ error }),
    );
    const aborted = untilAborted(signal);
    const first = await Promise.race([running, aborted.promise]);
    aborted.forget();
    if (first === undefined) {
      broken = !(await end(pools, client, running));
      throw cancelled(signal);
    }
    if ('error' in first) {
      // What is not from the server leaves it open whether something still runs there.
      broken = !(first.error instanceof DatabaseError);
      throw first.error;
    }
    return first.rows;
  } finally {
    client.release(broken);
  }
}

async function checkOut(pools: Pools, signal: AbortSignal): Promise<Backend> {
  if (signal.aborted) throw cancelled(signal);
  const waiting = connect(pools) as Promise<Backend>;
  const aborted = untilAborted(signal);
  try {
    const client = await Promise.race([waiting, aborted.promise]);
    if (client !== undefined) return client;
  } finally {
    aborted.forget();
  }
  // Nobody waits for it any more, however it ends.
  waiting.then(
    (client) => client.release(),
    () => undefined,
  );
  throw cancelled(signal);
}

/**
 * Whether the query has ended, and the connection can be used again. It is cancelled until then: what comes
 * before the query has begun at the server does nothing.
 */
async function end(pools: Pools, client: Backend, running: Promise<unknown>): Promise<boolean> {
  const deadline = performance.now() + END_MS;
  const ended = running.then(() => true);
  try {
    do {
      await pools.cancel.query('SELECT pg_cancel_backend($1)', [client.processID]);
      if (await withinTime(ended, AGAIN_MS)) return true;
    } while (performance.now() < deadline);
    return false;
  } catch {
    return false;
  }
}

async function withinTime(ended: Promise<boolean>, ms: number): Promise<boolean> {
  const over = new AbortController();
  const late = delay(ms, false, { signal: over.signal }).catch(() => false);
  try {
    return await Promise.race([ended, late]);
  } finally {
    over.abort();
  }
}

function untilAborted(signal: AbortSignal): { promise: Promise<undefined>; forget: () => void } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const onAbort = (): void => resolve(undefined);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  return { promise, forget: () => signal.removeEventListener('abort', onAbort) };
}

function cancelled(signal: AbortSignal): SourceUnavailable {
  return new SourceUnavailable('The query was cancelled.', { cause: signal.reason });
}
