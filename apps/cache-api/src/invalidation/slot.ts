import { setTimeout as delay } from 'node:timers/promises';
import { Client, type Pool } from 'pg';

/** What the server tells about a replication slot. */
export interface SlotFacts {
  plugin: string | null;
  database: string | null;
  activePid: number | null;
  /** Who is connected, where this role may see it. */
  activeName: string | null;
  confirmed: string | null;
  /** `reserved`, `extended`, `unreserved` or `lost`: https://www.postgresql.org/docs/current/view-pg-replication-slots.html */
  walStatus: string | null;
  /** From PostgreSQL 17 on. */
  invalidationReason: string | null;
  /** Log that is kept for it, in bytes. */
  retainedBytes: number | null;
  /** How much more may be written before it is lost, in bytes; null: no limit. */
  safeBytes: number | null;
}

/** How long another's connection is given to end by itself, and then how long after it was told to, in ms. */
const OTHERS_MS = 2_000;
const TERMINATED_MS = 5_000;
const POLL_MS = 50;
const CONNECT_TIMEOUT_MS = 5_000;

/** By which a connection of an instance is told from others. */
export function applicationName(name: string): string {
  return `groundwork-cache ${name}`.slice(0, 63);
}

export async function readSlot(pool: Pool, name: string): Promise<SlotFacts | undefined> {
  // Columns that not every version has are looked up by name.
  const { rows } = await pool.query<SlotFacts>(
    `SELECT slot.plugin, slot.database, slot.active_pid AS "activePid", activity.application_name AS "activeName",
       slot.confirmed_flush_lsn::text AS confirmed, slot.wal_status AS "walStatus",
       to_jsonb(slot)->>'invalidation_reason' AS "invalidationReason",
       pg_wal_lsn_diff(pg_current_wal_lsn(), slot.restart_lsn)::float8 AS "retainedBytes",
       slot.safe_wal_size::float8 AS "safeBytes"
     FROM pg_replication_slots AS slot LEFT JOIN pg_stat_activity AS activity ON activity.pid = slot.active_pid
     WHERE slot.slot_name = $1`,
    [name],
  );
  return rows[0];
}

export function isLost(slot: SlotFacts): boolean {
  return slot.walStatus === 'lost' || slot.invalidationReason !== null;
}

/** Throws when it has our name but is not ours. */
export async function requireOurs(pool: Pool, name: string, slot: SlotFacts): Promise<void> {
  const { rows } = await pool.query<{ database: string }>('SELECT current_database() AS database');
  if (slot.plugin === 'pgoutput' && slot.database === rows[0]?.database) return;
  throw new Error(
    `The replication slot ${name} is another's (${slot.plugin ?? 'physical'}, database ${slot.database ?? 'none'}): slots are named per server, so give the cache another name`,
  );
}

/**
 * Waits for whoever is connected to the slot to go. A connection of another instance is ended after
 * a while: whoever calls this leads. `fenced` runs it only as long as that is so.
 */
export async function untilFree(
  pool: Pool,
  name: string,
  fenced: (sql: string, values: unknown[]) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const began = performance.now();
  let isTold = false;
  for (;;) {
    const slot = await readSlot(pool, name);
    if (slot === undefined || slot.activePid === null) return;
    const waited = performance.now() - began;
    if (waited > OTHERS_MS && !isTold && slot.activeName === applicationName(name)) {
      await fenced('SELECT pg_terminate_backend($1)', [slot.activePid]);
      isTold = true;
    }
    if (waited > OTHERS_MS + TERMINATED_MS) {
      throw new Error(
        `The replication slot ${name} is in use by process ${slot.activePid} (${slot.activeName ?? 'of another role'})`,
      );
    }
    await delay(POLL_MS, undefined, { signal });
  }
}

/**
 * Waits, however long it takes, for the transactions that are under way to end: on a connection of
 * its own, because no statement timeout may end that. An abort cancels it.
 */
export async function createSlot(options: {
  databaseUrl: string;
  pool: Pool;
  name: string;
  signal: AbortSignal;
}): Promise<void> {
  const { name, pool, signal } = options;
  signal.throwIfAborted();
  const client = new Client({
    connectionString: options.databaseUrl,
    application_name: applicationName(name),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  });
  client.on('error', () => undefined); // the query rejects too
  await client.connect();
  let cancel = (): void => undefined;
  try {
    await client.query('SET statement_timeout = 0');
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    cancel = () => void pool.query('SELECT pg_cancel_backend($1)', [rows[0]?.pid]).catch(() => undefined);
    signal.throwIfAborted();
    signal.addEventListener('abort', cancel, { once: true });
    await client.query(`SELECT pg_create_logical_replication_slot($1, 'pgoutput')`, [name]);
  } finally {
    signal.removeEventListener('abort', cancel);
    await client.end().catch(() => undefined);
  }
}
