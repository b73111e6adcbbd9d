import { createHash } from 'node:crypto';
import { sql, type Transaction } from 'kysely';
import type { SharedMigration } from './migrate.ts';

/** The key was used before, for a request that said something else. */
export class IdempotencyKeyReused extends Error {
  override readonly name = 'IdempotencyKeyReused';
}

/** What `once` stands on. */
export const IDEMPOTENCY_KEYS: SharedMigration = {
  name: '0000-idempotency-keys.sql',
  sql: `CREATE TABLE idempotency_keys (
  scope text NOT NULL,
  key text NOT NULL,
  request text NOT NULL,
  answer jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);`,
};

export interface IdempotentRequest {
  /** Whose key it is: keys of different callers and routes do not meet. */
  scope: string;
  key: string;
  /** Everything that the request says. */
  request: unknown;
}

/**
 * Does `create` once per key, in the transaction in which the key is kept: both are there or
 * neither. Whoever comes with the same key meanwhile waits for that transaction to end, and then
 * gets the same answer. Throws IdempotencyKeyReused for the same key with another request.
 */
export async function once<Tables, T>(
  tx: Transaction<Tables>,
  { scope, key, request }: IdempotentRequest,
  create: () => Promise<T>,
): Promise<{ answer: T; repeated: boolean }> {
  const digest = createHash('sha256').update(JSON.stringify(request)).digest('hex');
  const { numAffectedRows } = await sql`
    INSERT INTO idempotency_keys (scope, key, request) VALUES (${scope}, ${key}, ${digest})
    ON CONFLICT (scope, key) DO NOTHING`.execute(tx);
  if (numAffectedRows === 0n) {
    const { rows } = await sql<{ request: string; answer: T }>`
      SELECT request, answer FROM idempotency_keys WHERE scope = ${scope} AND key = ${key}`.execute(tx);
    const [row] = rows;
    if (row?.request !== digest) {
      throw new IdempotencyKeyReused('This Idempotency-Key was used for another request.');
    }
    return { answer: row.answer, repeated: true };
  }
  const answer = await create();
  await sql`
    UPDATE idempotency_keys SET answer = ${JSON.stringify(answer)}::jsonb
    WHERE scope = ${scope} AND key = ${key}`.execute(tx);
  return { answer, repeated: false };
}

/** Keys are promised to hold for a day. */
export async function forgetOldKeys<Tables>(tx: Transaction<Tables>): Promise<void> {
  await sql`DELETE FROM idempotency_keys WHERE created_at < now() - interval '1 day'`.execute(tx);
}
