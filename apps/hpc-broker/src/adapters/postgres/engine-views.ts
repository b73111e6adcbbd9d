import type { EngineView } from '@groundwork/contracts';
import { sql, type Kysely } from 'kysely';
import type { OfferDetails } from '../../domain/planner/settings.ts';

/** Beats that may be missing before an engine counts as gone. */
const MISSED_BEATS = 3;
const OFFERED_MS = 3_600_000;

/** All that ever beat and are not forgotten; of one pool, where that is given. By the database's clock. */
export async function readEngines(db: Kysely<unknown>, pool?: string): Promise<EngineView[]> {
  return (await readRows(db, pool)).map(({ offer: _offer, seenAt, ...view }) => ({
    ...view,
    seenAt: seenAt.toISOString(),
  }));
}

/** What planning needs to know of an engine. */
export type OfferedEngine = Pick<
  EngineView,
  'name' | 'pool' | 'kind' | 'cores' | 'memoryMiB' | 'gpus' | 'nodes'
> & {
  offer: OfferDetails;
};

/**
 * Those that jobs may be planned for: what is alive, and clusters also while no broker leads them for a while, as
 * they are there without one.
 */
export async function readOffered(db: Kysely<unknown>): Promise<OfferedEngine[]> {
  const since = Date.now() - OFFERED_MS;
  return (await readRows(db)).filter(
    ({ isAlive, kind, seenAt }) => isAlive || (kind !== 'local' && seenAt.getTime() > since),
  );
}

type Row = Omit<EngineView, 'seenAt'> & { seenAt: Date; offer: OfferDetails };

async function readRows(db: Kysely<unknown>, pool?: string): Promise<Row[]> {
  const { rows } = await sql<Row>`
    SELECT e.name, e.pool, e.kind, e.host, e.seen_at AS "seenAt",
      e.seen_at > clock_timestamp() - make_interval(secs => ${MISSED_BEATS} * e.beat_seconds) AS "isAlive",
      e.cores, e.free_cores AS "freeCores", e.memory_mib AS "memoryMiB", e.free_memory_mib AS "freeMemoryMiB",
      e.gpus, e.free_gpus AS "freeGpus", e.nodes, e.closed, e.notes, e.offer,
      (SELECT count(*) FROM attempts a WHERE a.engine = e.name AND a.state <> 'ended')::integer AS attempts
    FROM engines e WHERE ${pool === undefined ? sql`true` : sql`e.pool = ${pool}`} ORDER BY e.name`.execute(
    db,
  );
  return rows;
}
