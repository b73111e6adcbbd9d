import type { Pool } from 'pg';
import type { Column } from '../../domain/resources/bound.ts';
import { ask } from './ask.ts';
import { didYouMean } from '../../domain/resources/nearest.ts';

export interface CatalogColumn extends Column {
  /** Name in pg_type, below all domains: `int4`, `_text` for an array. */
  base: string;
  generated: boolean;
  /** Whether equal means the same text; a collation may say otherwise. */
  deterministic: boolean;
}

export interface CatalogTable {
  /** `schema.table` */
  name: string;
  /** pg_class.relkind */
  kind: string;
  columns: readonly CatalogColumn[];
  primaryKey: readonly string[] | undefined;
  /** Columns of each index that says that two rows cannot be alike in them. */
  uniques: readonly (readonly string[])[];
  /**
   * Columns of the replica identity, which cannot have changed in an update that comes without `before`. With FULL
   * there is none of these, so that the primary key stands for it.
   */
  identity: ReadonlySet<string>;
}

interface TableRow {
  name: string;
  kind: string;
  identity: 'd' | 'n' | 'f' | 'i';
  columns: CatalogColumn[] | null;
  uniques: { primary: boolean; identity: boolean; columns: string[] }[] | null;
}

/** Those that are there, by `schema.table`. */
export async function readTables(pool: Pool, names: readonly string[]): Promise<Map<string, CatalogTable>> {
  const rows = await ask<TableRow>(pool, 'reading the catalog', TABLES, [names]);
  return new Map(rows.map((row) => [row.name, toTable(row)]));
}

function toTable({ name, kind, identity, columns, uniques }: TableRow): CatalogTable {
  const all = columns ?? [];
  const primaryKey = uniques?.find(({ primary }) => primary)?.columns;
  const ofIndex = uniques?.find((index) => index.identity)?.columns;
  const ofIdentity = { d: primaryKey, f: primaryKey, i: ofIndex, n: undefined }[identity] ?? [];
  const keys = (uniques ?? []).map((index) => index.columns);
  return { name, kind, columns: all, primaryKey, uniques: keys, identity: new Set(ofIdentity) };
}

/** A sentence about a table that is not there, with those that may have been meant. */
export async function explainMissing(pool: Pool, name: string): Promise<string> {
  const [schema = '', table = ''] = name.split('.');
  const rows = await ask<{ name: string }>(pool, 'reading the catalog', TABLES_IN, [schema]);
  const names = rows.map((row) => row.name);
  const near = didYouMean(table, names);
  const there =
    names.length === 0 ? `schema ${schema} has no tables` : `there are ${names.slice(0, 20).join(', ')}`;
  return `there is no table ${name}${near || `: ${there}`}`;
}

const TABLES_IN = `
  SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') ORDER BY 1`;

/** Domains to what is below them; NOT NULL of any of them counts. */
const BASES = `
  WITH RECURSIVE domains AS (
    SELECT oid AS type, typbasetype AS base, typnotnull AS strict FROM pg_type WHERE typtype = 'd'
    UNION ALL
    SELECT d.type, t.typbasetype, d.strict OR t.typnotnull
    FROM domains d JOIN pg_type t ON t.oid = d.base WHERE t.typtype = 'd'
  )`;

const COLUMNS = `
  SELECT json_agg(json_build_object(
    'name', a.attname,
    'type', format_type(a.atttypid, a.atttypmod),
    'base', t.typname,
    'nullable', NOT (a.attnotnull OR coalesce(d.strict, false)),
    'hasDefault', a.atthasdef OR a.attidentity <> '',
    'generated', a.attgenerated <> '',
    'deterministic', coalesce(o.collisdeterministic, true)
  ) ORDER BY a.attnum)
  FROM pg_attribute a
  LEFT JOIN domains d ON d.type = a.atttypid AND NOT EXISTS (SELECT FROM pg_type x WHERE x.oid = d.base AND x.typtype = 'd')
  JOIN pg_type t ON t.oid = coalesce(d.base, a.atttypid)
  LEFT JOIN pg_collation o ON o.oid = a.attcollation
  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped`;

/** Partial indexes and those on expressions say nothing about all rows. */
const UNIQUES = `
  SELECT json_agg(json_build_object(
    'primary', i.indisprimary,
    'identity', i.indisreplident,
    'columns', (
      SELECT json_agg(a.attname ORDER BY k.position)
      FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, position)
      JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
      WHERE k.position <= i.indnkeyatts
    )
  ))
  FROM pg_index i
  WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL`;

/** Changes of a partitioned table come with the identity of the partition they are in. */
const IDENTITY = `
  CASE WHEN c.relkind <> 'p' THEN c.relreplident
    WHEN EXISTS (
      SELECT FROM pg_partition_tree(c.oid) p JOIN pg_class leaf ON leaf.oid = p.relid
      WHERE leaf.relkind <> 'p' AND leaf.relreplident NOT IN ('d', 'f')
    ) THEN 'n'
    ELSE 'd' END`;

const TABLES = `${BASES}
  SELECT n.nspname || '.' || c.relname AS name, c.relkind::text AS kind, (${IDENTITY})::text AS identity,
    (${COLUMNS}) AS columns, (${UNIQUES}) AS uniques
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname || '.' || c.relname = ANY($1::text[]) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')`;
