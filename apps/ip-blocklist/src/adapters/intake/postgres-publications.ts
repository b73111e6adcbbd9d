import { inTransaction, requireLease, type Lease } from '@groundwork/database';
import { sql, type Kysely } from 'kysely';
import type { Publications } from '../../ports/publications.ts';
import type { Tables } from '../tables.ts';

export function createPostgresPublications(db: Kysely<Tables>, topic: string, lease: Lease): Publications {
  return {
    async seq() {
      const known = await db
        .selectFrom('publications')
        .select('seq')
        .where('topic', '=', topic)
        .executeTakeFirst();
      if (known !== undefined) return known.seq;
      const { rows } = await sql<{ seq: number }>`
        INSERT INTO publications (topic, seq) SELECT ${topic}, coalesce(max(seq), 0) FROM audit
        ON CONFLICT (topic) DO UPDATE SET seq = publications.seq RETURNING seq`.execute(db);
      return rows[0]!.seq;
    },
    reached: (seq) =>
      inTransaction(db, async (tx) => {
        await requireLease(tx, lease);
        await tx.updateTable('publications').set({ seq }).where('topic', '=', topic).execute();
      }),
  };
}
