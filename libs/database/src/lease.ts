import { sql, type Kysely, type Transaction } from 'kysely';
import type { SharedMigration } from './migrate.ts';

/** Right to be the only one who does something, for a while. */
export interface Lease {
  name: string;
  holder: string;
  /** Grows with each change of holder: what carries an older one comes too late. */
  epoch: number;
}

/** Thrown where a lease turns out to have gone to somebody else. */
export class LostLease extends Error {
  override readonly name = 'LostLease';
}

/** What the functions below stand on. */
export const LEASES: SharedMigration = {
  name: '0000-leases.sql',
  sql: `CREATE TABLE leases (
  name text PRIMARY KEY,
  holder text NOT NULL,
  epoch bigint NOT NULL,
  expires_at timestamptz NOT NULL
);`,
};

/** Takes the lease if it is free, expired or one's own; undefined when somebody else holds it. Only the database's clock counts. */
export async function takeLease<Tables>(
  db: Kysely<Tables>,
  name: string,
  holder: string,
  ttlSeconds: number,
): Promise<Lease | undefined> {
  const { rows } = await sql<{ epoch: number }>`
    INSERT INTO leases AS held (name, holder, epoch, expires_at)
    VALUES (${name}, ${holder}, 1, clock_timestamp() + make_interval(secs => ${ttlSeconds}))
    ON CONFLICT (name) DO UPDATE SET
      holder = excluded.holder,
      epoch = held.epoch + 1,
      expires_at = clock_timestamp() + make_interval(secs => ${ttlSeconds})
    WHERE held.expires_at <= clock_timestamp()
    RETURNING epoch`.execute(db);
  const [row] = rows;
  return row && { name, holder, epoch: row.epoch };
}

/** False when it has gone to somebody else. One that has expired, but that nobody took, is kept. */
export async function renewLease<Tables>(
  db: Kysely<Tables>,
  { name, holder, epoch }: Lease,
  ttlSeconds: number,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    UPDATE leases SET expires_at = clock_timestamp() + make_interval(secs => ${ttlSeconds})
    WHERE name = ${name} AND holder = ${holder} AND epoch = ${epoch}`.execute(db);
  return numAffectedRows === 1n;
}

/** Lets the next one take it at once. */
export async function giveUpLease<Tables>(db: Kysely<Tables>, { name, holder, epoch }: Lease): Promise<void> {
  await sql`
    UPDATE leases SET expires_at = '-infinity'
    WHERE name = ${name} AND holder = ${holder} AND epoch = ${epoch}`.execute(db);
}

/**
 * The fence: for the first statement of a transaction that only the holder may make. It also keeps
 * others from taking the lease before that transaction has ended.
 */
export async function requireLease<Tables>(tx: Transaction<Tables>, lease: Lease): Promise<void> {
  const { rows } = await sql`
    SELECT 1 FROM leases
    WHERE name = ${lease.name} AND holder = ${lease.holder} AND epoch = ${lease.epoch} AND expires_at > clock_timestamp()
    FOR SHARE`.execute(tx);
  if (rows.length === 0) throw new LostLease(`${lease.name} is no longer held in epoch ${lease.epoch}`);
}
