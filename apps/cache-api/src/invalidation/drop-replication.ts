import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import { validName } from './names.ts';
import { readSlot, requireOurs } from './slot.ts';

/** How long a connection to the slot is given to end, in ms. */
const WAIT_MS = 10_000;
const POLL_MS = 100;

/**
 * Removes slot and publication, for when the stream is no longer wanted: a slot that nobody
 * follows keeps the log for ever, or until `max_slot_wal_keep_size`. Does nothing when they are
 * not there. Rejects when somebody is still connected: it is not ours to cut him off.
 */
export async function dropReplication(pool: Pool, name: string): Promise<void> {
  validName(name);
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    const slot = await readSlot(pool, name);
    if (slot === undefined) break;
    await requireOurs(pool, name, slot);
    if (slot.activePid === null) {
      try {
        await pool.query('SELECT pg_drop_replication_slot($1)', [name]);
        break;
      } catch (error) {
        if (!isInUseOrGone(error)) throw error;
      }
    }
    if (performance.now() > deadline) {
      throw new Error(
        `The replication slot ${name} is still followed by process ${slot.activePid} (${slot.activeName ?? 'of another role'}) and was not dropped`,
      );
    }
    await delay(POLL_MS);
  }
  await pool.query(`DROP PUBLICATION IF EXISTS "${name}"`);
}

/** 55006 object_in_use, 42704 undefined_object: somebody connected, or dropped it, a moment ago. */
function isInUseOrGone(error: unknown): boolean {
  return ['55006', '42704'].includes(String((error as { code?: unknown }).code));
}
