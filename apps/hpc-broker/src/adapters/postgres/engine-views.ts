import type { EngineView } from '@groundwork/contracts';
import { sql, type Kysely } from 'kysely';
import type { Away, OfferDetails, Purchase } from '../../domain/planner/settings.ts';

/** Beats that may be missing before an engine counts as gone. */
const MISSED_BEATS = 3;
const OFFERED_MS = 3_600_000;

/** All that ever beat and are not forgotten; of one pool, where that is given. By the database's clock. */
export async function readEngines(db: Kysely<unknown>, pool?: string): Promise<EngineView[]> {
  return (await readRows(db, pool)).map(
    ({ offer: _offer, closedSeconds: _closed, silentSeconds: _silent, seenAt, ...view }) => ({
      ...view,
      closed: drainText(view) ?? view.closed,
      seenAt: seenAt.toISOString(),
    }),
  );
}

/** What planning needs to know of an engine. */
export type OfferedEngine = Pick<
  EngineView,
  'name' | 'pool' | 'kind' | 'cores' | 'memoryMiB' | 'gpus' | 'nodes'
> & {
  offer: OfferDetails;
  /** Why nothing is to be planned for it at the moment. */
  away: string | undefined;
};

/**
 * Those that jobs may be planned for: what is alive, and clusters also while no broker leads them for a while, as
 * they are there without one. Away is what is drained, and what has been closed or silent for so long.
 */
export async function readOffered(db: Kysely<unknown>, failoverSeconds: number): Promise<OfferedEngine[]> {
  const since = Date.now() - OFFERED_MS;
  return (await readRows(db))
    .filter(({ isAlive, kind, seenAt }) => isAlive || (kind !== 'local' && seenAt.getTime() > since))
    .map((row) => ({ ...row, away: awayOf(row, failoverSeconds) }));
}

/** Of pools that have no machines of one way of buying at the moment. */
export async function readShortages(db: Kysely<unknown>): Promise<Map<string, Away[]>> {
  const { rows } = await sql<{ pool: string; purchase: Purchase; reason: string; since: Date }>`
    SELECT pool, purchase, reason, since FROM shortages WHERE until > now() ORDER BY pool, purchase`.execute(
    db,
  );
  const found = new Map<string, Away[]>();
  for (const [pool, all] of Map.groupBy(rows, (row) => row.pool)) {
    found.set(
      pool,
      all.map(({ purchase, reason, since }) => ({
        purchase,
        reason: `no machines since ${since.toISOString()}: ${reason}`,
      })),
    );
  }
  return found;
}

function awayOf(row: Row, failoverSeconds: number): string | undefined {
  const { closed, closedSeconds, silentSeconds, isAlive, seenAt } = row;
  if (row.drained !== null) return drainText(row);
  if (!isAlive && silentSeconds > failoverSeconds) {
    return `nothing has been heard of it since ${seenAt.toISOString()}`;
  }
  return closed !== null && (closedSeconds ?? 0) > failoverSeconds ? closed : undefined;
}

function drainText({ drained }: Pick<EngineView, 'drained'>): string | undefined {
  if (drained === null) return undefined;
  return `drained by ${drained.by}${drained.reason === null ? '' : `: ${drained.reason}`}`;
}

type Row = Omit<EngineView, 'seenAt'> & {
  seenAt: Date;
  silentSeconds: number;
  closedSeconds: number | null;
  offer: OfferDetails;
};

async function readRows(db: Kysely<unknown>, pool?: string): Promise<Row[]> {
  const { rows } = await sql<Row>`
    SELECT e.name, e.pool, e.kind, e.host, e.seen_at AS "seenAt",
      e.seen_at > clock_timestamp() - make_interval(secs => ${MISSED_BEATS} * e.beat_seconds) AS "isAlive",
      extract(epoch FROM clock_timestamp() - e.seen_at)::double precision AS "silentSeconds",
      e.cores, e.free_cores AS "freeCores", e.memory_mib AS "memoryMiB", e.free_memory_mib AS "freeMemoryMiB",
      e.gpus, e.free_gpus AS "freeGpus", e.nodes, e.closed, e.notes, e.offer,
      extract(epoch FROM clock_timestamp() - e.closed_since)::double precision AS "closedSeconds",
      CASE WHEN d.engine IS NOT NULL THEN jsonb_build_object('by', d.by, 'reason', d.reason,
        'at', to_char(d.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) END AS drained,
      (SELECT count(*) FROM attempts a WHERE a.engine = e.name AND a.state <> 'ended')::integer AS attempts
    FROM engines e LEFT JOIN drains d ON d.engine = e.name
    WHERE ${pool === undefined ? sql`true` : sql`e.pool = ${pool}`} ORDER BY e.name`.execute(db);
  return rows;
}
