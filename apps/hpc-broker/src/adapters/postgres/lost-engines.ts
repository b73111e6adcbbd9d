import { randomUUID } from 'node:crypto';
import { giveUpLease, takeLease } from '@groundwork/database';
import { sql, type Kysely } from 'kysely';
import type { ProjectRules } from '../../domain/sharing/project-file.ts';
import type { LostEngine, LostEngines } from '../../ports/lost-engines.ts';
import { createDispatching } from './dispatching.ts';

/** For writing off all that was open: thousands of attempts take seconds. */
const LEASE_SECONDS = 60;
const SHOWN_DAYS = 1;

export function createLostEngines(
  db: Kysely<unknown>,
  rulesOf: (project: string) => ProjectRules,
): LostEngines {
  return {
    async find(marginSeconds) {
      // A lease that was given up says -infinity: then the last beat counts, and may be one beat older than
      // that. All by the database's clock.
      const { rows } = await sql<LostEngine>`
        SELECT name, pool, host, epoch, "silentSeconds" FROM (
          SELECT e.name, e.pool, e.host, coalesce(l.epoch, 0) AS epoch, e.orphan_seconds + e.beat_seconds AS dead_after,
            extract(epoch FROM clock_timestamp() - greatest(l.expires_at, e.seen_at))::double precision AS "silentSeconds"
          FROM engines e LEFT JOIN leases l ON l.name = 'engine:' || e.name
          WHERE e.dies_with_host
            AND EXISTS (SELECT 1 FROM attempts a WHERE a.engine = e.name AND a.state <> 'ended')) AS silent
        WHERE "silentSeconds" > dead_after + ${marginSeconds}`.execute(db);
      return rows;
    },

    async take({ name, pool, epoch }) {
      const lease = await takeLease(db, `engine:${name}`, `watch ${randomUUID()}`, LEASE_SECONDS);
      if (lease === undefined) return undefined;
      const giveUp = (): Promise<void> => giveUpLease(db, lease);
      // Somebody has led it between our look and now.
      if (lease.epoch !== epoch + 1) {
        await giveUp();
        return undefined;
      }
      return { ...createDispatching({ db, lease, engine: name, pool, rulesOf }), giveUp };
    },

    async forget() {
      const { numAffectedRows = 0n } = await sql`
        DELETE FROM engines e WHERE e.seen_at < clock_timestamp() - make_interval(days => ${SHOWN_DAYS})
          AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.engine = e.name AND a.state <> 'ended')`.execute(
        db,
      );
      return Number(numAffectedRows);
    },
  };
}
