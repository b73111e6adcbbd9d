import type { AgentReport } from '@groundwork/contracts';
import { sql, type Kysely } from 'kysely';
import type { Agents } from '../ports/agents.ts';
import type { Tables } from './tables.ts';

const FORGOTTEN = sql<Date>`clock_timestamp() - interval '7 days'`;

export function createPostgresAgents(db: Kysely<Tables>): Agents {
  return {
    async heard(name, report) {
      const row = { report: JSON.stringify(report), seen_at: sql<Date>`clock_timestamp()` };
      await db
        .insertInto('agents')
        .values({ name, ...row })
        .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
        .execute();
      await db.deleteFrom('agents').where('seen_at', '<', FORGOTTEN).execute();
    },

    async all() {
      const rows = await db
        .selectFrom('agents')
        .select(['name', 'report', 'seen_at'])
        .select(sql<number>`1000 * extract(epoch FROM clock_timestamp() - seen_at)::float8`.as('silent'))
        .where('seen_at', '>=', FORGOTTEN)
        .orderBy('name')
        .execute();
      return rows.map(({ name, report, seen_at, silent }) => ({
        name,
        report: report as AgentReport,
        seenAt: seen_at.toISOString(),
        silentMs: silent,
      }));
    },
  };
}
