import { inTransaction } from '@groundwork/database';
import { sql, type Kysely, type Transaction } from 'kysely';
import type { Changes } from '../domain/networks.ts';
import type { Recorded, TargetRecords, TargetState, TargetVersion } from '../ports/ledger.ts';
import type { Tables } from './tables.ts';

/** Of a target's changes, the newest are kept: these can be looked at and gone back to. */
export const KEPT_VERSIONS = 10_000;

/** What anybody may read of targets, and ask of them. */
export function createPostgresTargets(db: Kysely<Tables>): TargetRecords {
  async function state(target: string): Promise<Pick<Recorded, 'isAdopted' | 'state' | 'version'>> {
    const known = await db.selectFrom('targets').selectAll().where('name', '=', target).executeTakeFirst();
    return {
      isAdopted: known?.adopted === true,
      state: known === undefined || !isState(known.state) ? undefined : known.state,
      version: known?.version ?? 0,
    };
  }

  return {
    state,

    async load(target): Promise<Recorded> {
      const known = await state(target);
      const { rows } = await sql<{
        name: string;
        action: 'block' | 'allow';
        inForce: boolean;
        intended: string[];
        networks: string | null;
        countries: string[];
      }>`
        SELECT name, action, in_force AS "inForce", intended, (
          SELECT string_agg(network::text, E'\n') FROM enforced WHERE enforced.target = parts.target AND part = name
        ) AS networks, ARRAY(
          SELECT country::text FROM enforced_countries AS held
          WHERE held.target = parts.target AND part = name ORDER BY country
        ) AS countries FROM parts WHERE target = ${target} ORDER BY name`.execute(db);
      return {
        ...known,
        parts: rows.map(({ networks, ...part }) => ({
          ...part,
          networks: networks === null ? [] : networks.split('\n'),
        })),
      };
    },

    async pins() {
      const rows = await db.selectFrom('target_pins').select(['target', 'kind', 'of', 'by', 'at']).execute();
      return new Map(rows.map(({ target, at, ...pin }) => [target, { ...pin, at: at.toISOString() }]));
    },

    async pinned(target) {
      const row = await db
        .selectFrom('target_pins')
        .selectAll()
        .where('target', '=', target)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      const linesOf = (text: string): string[] => (text === '' ? [] : text.split('\n'));
      const { kind, of, by, at, countries } = row;
      const networks = { block: linesOf(row.block), allow: linesOf(row.allow) };
      return { kind, of, by, at: at.toISOString(), ...networks, countries };
    },

    async names() {
      return (await db.selectFrom('targets').select('name').orderBy('name').execute()).map(
        ({ name }) => name,
      );
    },

    async pin(target, { kind, of, block, allow, countries, by }) {
      await inTransaction(db, async (tx) => {
        const networks = { block: block.join('\n'), allow: allow.join('\n') };
        const row = { kind, of, ...networks, countries: [...countries], by };
        await tx
          .insertInto('target_pins')
          .values({ target, ...row })
          .onConflict((conflict) =>
            conflict.column('target').doUpdateSet({ ...row, at: sql<Date>`clock_timestamp()` }),
          )
          .execute();
        const counts = { block: block.length, allow: allow.length, countries: countries.length };
        await audit(tx, by, `target.${kind}`, target, { of, ...counts });
      });
    },

    release: (target, by) =>
      inTransaction(db, async (tx) => {
        const { numDeletedRows } = await tx
          .deleteFrom('target_pins')
          .where('target', '=', target)
          .executeTakeFirst();
        if (numDeletedRows === 0n) return false;
        await audit(tx, by, 'target.released', target, {});
        return true;
      }),

    async versions(target, before, limit) {
      let query = db.selectFrom('target_versions').selectAll().where('target', '=', target);
      if (before !== undefined) query = query.where('version', '<', before);
      return (await query.orderBy('version', 'desc').limit(limit).execute()).map(versionOf);
    },

    async since(target, version) {
      const rows = await db
        .selectFrom('target_versions')
        .selectAll()
        .where('target', '=', target)
        .where('version', '>=', version)
        .orderBy('version', 'desc')
        .execute();
      // The version itself must still be there, or what came before it is not known.
      return rows.at(-1)?.version === version ? rows.slice(0, -1).map(versionOf) : undefined;
    },

    async holding(target, ip, country) {
      const { rows } = await sql<{ part: string; action: 'block' | 'allow'; network: string; since: Date }>`
        SELECT part, action, network::text, since FROM enforced
        JOIN parts ON parts.target = enforced.target AND parts.name = part
        WHERE enforced.target = ${target} AND network >>= ${ip}::inet
        UNION ALL
        SELECT part, 'block', country, since FROM enforced_countries
        WHERE target = ${target} AND country = ${country ?? null}
        ORDER BY action, since`.execute(db);
      return rows.map(({ since, ...row }) => ({ ...row, since: since.toISOString() }));
    },

    async timeToBlock(target) {
      const { rows } = await sql<{ at_most_ms: number; count: number }>`
        SELECT at_most_ms, sum(count)::bigint AS count FROM time_to_block
        WHERE target = ${target} AND hour > now() - interval '1 day'
        GROUP BY at_most_ms ORDER BY at_most_ms`.execute(db);
      const count = rows.reduce((sum, row) => sum + row.count, 0);
      const quantile = (share: number): number | null => {
        let seen = 0;
        for (const row of rows) {
          seen += row.count;
          if (seen >= count * share) return row.at_most_ms;
        }
        return null;
      };
      return { count, p50: quantile(0.5), p99: quantile(0.99) };
    },
  };
}

export async function audit(
  tx: Transaction<Tables>,
  actor: string,
  what: string,
  target: string,
  detail: object,
): Promise<void> {
  await tx
    .insertInto('audit')
    .values({ actor, what, target, entry_id: null, detail: JSON.stringify(detail) })
    .execute();
}

function isState(state: unknown): state is TargetState {
  return typeof state === 'object' && state !== null && 'phase' in state;
}

function versionOf(row: {
  version: number;
  at: Date;
  cause: TargetVersion['cause'];
  what: string;
  changes: unknown;
}): TargetVersion {
  const { version, at, cause, what, changes } = row;
  // Those of before there were countries have none.
  const { countries = { added: [], removed: [] }, ...rest } = changes as Omit<Changes, 'countries'> &
    Partial<Changes>;
  return { version, at: at.toISOString(), cause, what, changes: { ...rest, countries } };
}
