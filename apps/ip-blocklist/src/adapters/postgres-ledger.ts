import { inTransaction, requireLease, type Lease } from '@groundwork/database';
import { sql, type Kysely, type Transaction } from 'kysely';
import type { NetworkChanges } from '../domain/networks.ts';
import { isNothing } from '../domain/plan.ts';
import type { Ledger, Settlement, TimeToBlock } from '../ports/ledger.ts';
import { audit, createPostgresTargets, KEPT_VERSIONS } from './postgres-targets.ts';
import type { Tables } from './tables.ts';

/** Networks of a change that its audit record names. */
const NAMED = 20;
/** Bounds of the time-to-block buckets grow by this: so precise are its percentiles. */
const BUCKET_GROWTH = 1.15;

/** What the holder of a lease writes. Every transaction begins by making sure that it still is. */
export function createPostgresLedger(db: Kysely<Tables>, lease: Lease): Ledger {
  const fenced = <T>(work: (tx: Transaction<Tables>) => Promise<T>): Promise<T> =>
    inTransaction(db, async (tx) => {
      await requireLease(tx, lease);
      return work(tx);
    });

  return {
    ...createPostgresTargets(db),

    intend: (target, { name, action, intended }) =>
      fenced(async (tx) => {
        await tx
          .insertInto('parts')
          .values({ target, name, action, intended: [...intended] })
          .onConflict((conflict) =>
            conflict.columns(['target', 'name']).doUpdateSet({ intended: [...intended] }),
          )
          .execute();
      }),

    settle: (target, settlement) =>
      fenced(async (tx) => {
        await keepParts(tx, target, settlement);
        const { cause, what, changes } = settlement;
        const version = isNothing(changes) ? undefined : await newVersion(tx, target, settlement);
        const actor = cause === 'write' ? `epoch ${lease.epoch}` : 'somebody else';
        await audit(tx, actor, `target.${cause}`, target, {
          version,
          what,
          block: shortened(changes.block),
          allow: shortened(changes.allow),
          countries: shortened(changes.countries),
        });
      }),

    describe: (target, state) =>
      fenced(async (tx) => {
        const json = JSON.stringify(state);
        await tx
          .insertInto('targets')
          .values({ name: target, state: json })
          .onConflict((conflict) => conflict.column('name').doUpdateSet({ state: json }))
          .execute();
      }),

    reached: (target, snapshot, checkEach, kinds) =>
      fenced(async (tx) => {
        // Only what is new: an entry that is renewed was enforced before.
        const { rows } = await sql<TimeToBlock>`
          WITH times AS (
            SELECT ceil(power(${BUCKET_GROWTH}::float8, ceil(ln(greatest(1,
              extract(epoch FROM clock_timestamp() - created_at) * 1000)::float8) / ln(${BUCKET_GROWTH}::float8))))::bigint
              AS at_most_ms
            FROM entries, targets
            WHERE name = ${target} AND reached IS NOT NULL AND action = 'block'
              AND (range IS NOT NULL AND ${kinds.networks} OR country IS NOT NULL AND ${kinds.countries})
              AND ended_at IS NULL AND updated_at - created_at < interval '2 milliseconds'
              AND changed_in >= pg_snapshot_xmin(reached) AND NOT pg_visible_in_snapshot(changed_in, reached)
              AND pg_visible_in_snapshot(changed_in, ${snapshot}::pg_snapshot)
              ${
                checkEach
                  ? sql`AND (country IS NOT NULL OR
                      EXISTS (SELECT 1 FROM enforced WHERE target = ${target} AND network >>= lower(range)))`
                  : sql``
              }
          ), counted AS (
            INSERT INTO time_to_block (target, hour, at_most_ms, count)
            SELECT ${target}, date_trunc('hour', clock_timestamp()), at_most_ms, count(*) FROM times GROUP BY at_most_ms
            ON CONFLICT (target, hour, at_most_ms) DO UPDATE SET count = time_to_block.count + excluded.count
          )
          SELECT at_most_ms AS "atMostMs", count(*) AS count FROM times GROUP BY at_most_ms`.execute(tx);
        await sql`
          INSERT INTO targets (name, reached) VALUES (${target}, ${snapshot}::pg_snapshot)
          ON CONFLICT (name) DO UPDATE SET reached = excluded.reached`.execute(tx);
        await sql`DELETE FROM time_to_block WHERE hour < now() - interval '8 days'`.execute(tx);
        return rows;
      }),

    adopt: (target) =>
      fenced(async (tx) => {
        await tx
          .insertInto('targets')
          .values({ name: target, adopted: true })
          .onConflict((conflict) => conflict.column('name').doUpdateSet({ adopted: true }))
          .execute();
      }),

    unpin: (target, { of }) =>
      fenced(async (tx) => {
        await tx.deleteFrom('target_pins').where('target', '=', target).where('of', '=', of).execute();
      }),
  };
}

async function newVersion(
  tx: Transaction<Tables>,
  target: string,
  { cause, what, changes }: Settlement,
): Promise<number> {
  const { version } = await tx
    .insertInto('targets')
    .values({ name: target, version: 1 })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ version: sql`targets.version + 1` }))
    .returning('version')
    .executeTakeFirstOrThrow();
  await tx
    .insertInto('target_versions')
    .values({ target, version, cause, what, changes: JSON.stringify(changes) })
    .execute();
  await tx
    .deleteFrom('target_versions')
    .where('target', '=', target)
    .where('version', '<=', version - KEPT_VERSIONS)
    .execute();
  return version;
}

async function keepParts(tx: Transaction<Tables>, target: string, settlement: Settlement): Promise<void> {
  const { parts, gone, closed } = settlement;
  for (const { name, action, networks, countries, inForce } of parts) {
    const held = inForce ? [...networks] : [];
    const heldCountries = inForce ? [...countries] : [];
    await tx
      .insertInto('parts')
      .values({ target, name, action, in_force: inForce })
      .onConflict((conflict) =>
        conflict.columns(['target', 'name']).doUpdateSet({ action, in_force: inForce }),
      )
      .execute();
    await sql`
      DELETE FROM enforced WHERE target = ${target} AND part = ${name}
      AND NOT EXISTS (SELECT 1 FROM unnest(${held}::cidr[]) AS held (network) WHERE held.network = enforced.network)`.execute(
      tx,
    );
    await sql`
      INSERT INTO enforced (target, part, network) SELECT ${target}, ${name}, unnest(${held}::cidr[])
      ON CONFLICT DO NOTHING`.execute(tx);
    await sql`
      DELETE FROM enforced_countries
      WHERE target = ${target} AND part = ${name} AND country <> ALL (${heldCountries}::text[])`.execute(tx);
    await sql`
      INSERT INTO enforced_countries (target, part, country)
      SELECT ${target}, ${name}, unnest(${heldCountries}::text[]) ON CONFLICT DO NOTHING`.execute(tx);
  }
  if (closed.length > 0) {
    await tx
      .updateTable('parts')
      .set({ intended: [] })
      .where('target', '=', target)
      .where('name', 'in', closed)
      .execute();
  }
  if (gone.length > 0) {
    for (const table of ['enforced', 'enforced_countries'] as const) {
      await tx.deleteFrom(table).where('target', '=', target).where('part', 'in', gone).execute();
    }
    await tx.deleteFrom('parts').where('target', '=', target).where('name', 'in', gone).execute();
  }
}

function shortened({ added, removed }: NetworkChanges): NetworkChanges {
  const some = (networks: readonly string[]): string[] => {
    const rest = networks.length - NAMED;
    return rest > 0 ? [...networks.slice(0, NAMED), `… and ${rest} more`] : [...networks];
  };
  return { added: some(added), removed: some(removed) };
}
