import { inTransaction, requireLease, type Lease } from '@groundwork/database';
import { sql, type Kysely, type Transaction } from 'kysely';
import type { Publications } from '../../ports/publications.ts';

export function createPublications(db: Kysely<unknown>, topic: string, lease: Lease): Publications {
  return {
    async seq() {
      const known = await reachedBy(db, topic);
      if (known !== undefined) return known;
      const { rows } = await sql<{ seq: number }>`
        INSERT INTO publications (topic, seq) SELECT ${topic}, coalesce(max(seq), 0) FROM events
        ON CONFLICT (topic) DO UPDATE SET seq = publications.seq RETURNING seq`.execute(db);
      return rows[0]!.seq;
    },
    reached: (seq) =>
      inTransaction(db, async (tx) => {
        await requireLease(tx, lease);
        await reach(tx, topic, seq);
      }),
  };
}

/** Undefined: nobody has followed them there yet. */
export async function reachedBy(db: Kysely<unknown>, topic: string): Promise<number | undefined> {
  const { rows } = await sql<{ seq: number }>`SELECT seq FROM publications WHERE topic = ${topic}`.execute(
    db,
  );
  return rows[0]?.seq;
}

/** In the transaction of what was made of them. */
export async function reach(tx: Transaction<unknown>, topic: string, seq: number): Promise<void> {
  await sql`
    INSERT INTO publications (topic, seq) VALUES (${topic}, ${seq})
    ON CONFLICT (topic) DO UPDATE SET seq = excluded.seq`.execute(tx);
}
