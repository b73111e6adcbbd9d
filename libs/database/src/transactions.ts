import { setTimeout as delay } from 'node:timers/promises';
import type { IsolationLevel, Kysely, Transaction } from 'kysely';

/** Serialisation failure and deadlock: Postgres gave up on one of two, and asks to try again. */
const AGAIN = new Set(['40001', '40P01']);
const ATTEMPTS = 5;
const RETRY_MS = 10;

/**
 * Runs `work` in a transaction, again when Postgres found that it cannot be put in order
 * with another one. So `work` must do nothing but talk to the database.
 */
export async function inTransaction<Tables, T>(
  db: Kysely<Tables>,
  work: (tx: Transaction<Tables>) => Promise<T>,
  options: { isolation?: IsolationLevel } = {},
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      const begin = db.transaction();
      return await (
        options.isolation === undefined ? begin : begin.setIsolationLevel(options.isolation)
      ).execute(work);
    } catch (error) {
      if (attempt === ATTEMPTS || !AGAIN.has(String((error as { code?: unknown }).code))) throw error;
      await delay(RETRY_MS * 2 ** attempt * Math.random());
    }
  }
}
