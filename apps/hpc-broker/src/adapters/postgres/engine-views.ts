import type { EngineView } from '@groundwork/contracts';
import { sql, type Kysely } from 'kysely';

/** Beats that may be missing before an engine counts as gone. */
const MISSED_BEATS = 3;

/** All that ever beat and are not forgotten; of one pool, where that is given. By the database's clock. */
export async function readEngines(db: Kysely<unknown>, pool?: string): Promise<EngineView[]> {
  const { rows } = await sql<Omit<EngineView, 'seenAt'> & { seenAt: Date }>`
    SELECT e.name, e.pool, e.kind, e.host, e.seen_at AS "seenAt",
      e.seen_at > clock_timestamp() - make_interval(secs => ${MISSED_BEATS} * e.beat_seconds) AS "isAlive",
      e.cores, e.free_cores AS "freeCores", e.memory_mib AS "memoryMiB", e.free_memory_mib AS "freeMemoryMiB",
      e.gpus, e.free_gpus AS "freeGpus", e.closed, e.notes,
      (SELECT count(*) FROM attempts a WHERE a.engine = e.name AND a.state <> 'ended')::integer AS attempts
    FROM engines e WHERE ${pool === undefined ? sql`true` : sql`e.pool = ${pool}`} ORDER BY e.name`.execute(
    db,
  );
  return rows.map(({ seenAt, ...rest }) => ({ ...rest, seenAt: seenAt.toISOString() }));
}
