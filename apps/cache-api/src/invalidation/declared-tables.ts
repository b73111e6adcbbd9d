import type { Pool } from 'pg';
import { parseTable } from './names.ts';

/** Relations by OID, with the declared tables each belongs to: itself and those it is a partition or heir of. */
export type Relations = ReadonlyMap<number, readonly string[]>;

interface Found {
  declared: string;
  name: string;
  oid: number;
  /** r: table, p: partitioned. */
  kind: string;
  persistence: string;
  hasIdentity: boolean;
}

/**
 * Looks the declared tables up, with all their partitions and heirs: the log names those.
 *
 * Throws where publishing cannot work, or would break the writers: without a replica identity,
 * Postgres refuses every update and delete of a published table.
 * https://www.postgresql.org/docs/current/logical-replication-publication.html#LOGICAL-REPLICATION-PUBLICATION-REPLICA-IDENTITY
 */
export async function findTables(pool: Pool, tables: readonly string[]): Promise<Relations> {
  const names = tables.map(parseTable);
  const { rows } = await pool.query<Found>(
    `WITH RECURSIVE declared AS (
       SELECT d.schema || '.' || d.name AS declared, class.oid
       FROM unnest($1::text[], $2::text[]) AS d(schema, name)
       JOIN pg_namespace AS space ON space.nspname = d.schema
       JOIN pg_class AS class ON class.relnamespace = space.oid AND class.relname = d.name
     ), family AS (
       SELECT declared, oid FROM declared
       UNION
       SELECT family.declared, pg_inherits.inhrelid FROM family JOIN pg_inherits ON pg_inherits.inhparent = family.oid
     )
     SELECT family.declared, space.nspname || '.' || class.relname AS name, class.oid AS oid,
       class.relkind AS kind, class.relpersistence AS persistence,
       CASE class.relreplident
         WHEN 'f' THEN true
         WHEN 'd' THEN EXISTS (SELECT FROM pg_index WHERE indrelid = class.oid AND indisprimary AND indisvalid)
         WHEN 'i' THEN EXISTS (SELECT FROM pg_index WHERE indrelid = class.oid AND indisreplident AND indisvalid)
         ELSE false
       END AS "hasIdentity"
     FROM family JOIN pg_class AS class USING (oid) JOIN pg_namespace AS space ON space.oid = class.relnamespace`,
    [names.map(({ schema }) => schema), names.map(({ table }) => table)],
  );
  for (const table of tables) {
    if (!rows.some(({ declared }) => declared === table)) throw new Error(`There is no table ${table}`);
  }
  for (const { name, kind, persistence, hasIdentity } of rows) {
    if (kind !== 'r' && kind !== 'p') {
      throw new Error(
        `${name} is no table: only what tables hold is in the log. Declare the tables it reads`,
      );
    }
    if (persistence !== 'p')
      throw new Error(`${name} is temporary or unlogged: its changes are not in the log`);
    if (!hasIdentity) {
      throw new Error(
        `${name} has no primary key: once published, Postgres would refuse its updates and deletes. Run: ALTER TABLE ${name} REPLICA IDENTITY FULL`,
      );
    }
  }
  const relations = new Map<number, string[]>();
  for (const { oid, declared } of rows) {
    relations.set(oid, [...(relations.get(oid) ?? []), declared]);
  }
  return relations;
}

export function areSame(a: Relations, b: Relations): boolean {
  return (
    a.size === b.size &&
    Array.from(a).every(([oid, tables]) => b.get(oid)?.toSorted().join() === tables.toSorted().join())
  );
}
