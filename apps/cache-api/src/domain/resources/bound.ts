import type { Watching } from './effects.ts';
import type { Keyed } from './ids.ts';
import type { QueryResource, Resource, TableResource } from './resource.ts';
import { columnsOf, tagsOf, type TagTemplate } from './tags.ts';
import type { Row } from '../change.ts';

/** JSON Schema 2020-12, which OpenAPI 3.1 has. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export interface Column {
  name: string;
  /** As Postgres writes it: `numeric(10,2)`. */
  type: string;
  nullable: boolean;
  hasDefault: boolean;
}

interface Bound<R extends Resource> extends Keyed, Watching {
  declaration: R;
  /** Those of an answer. */
  columns: readonly Column[];
  /** Of the body. */
  schema: JsonSchema;
}

export interface BoundTable extends Bound<TableResource> {
  kind: 'table';
  /** All that the table has; answers may have fewer. */
  tableColumns: readonly Column[];
}

export interface BoundQuery extends Bound<QueryResource> {
  kind: 'query';
}

/** A declaration, and what the catalog says about it. */
export type BoundResource = BoundTable | BoundQuery;

/** Those that follow from the id; the others are known only once the row is. */
export function tagsBeforeLoad({ declaration, key }: BoundResource, values: readonly string[]): string[] {
  const named = new Map(key.map(({ name }, at) => [name, values[at]!]));
  return tagsOf(
    declaration.tags.filter((tag) => isOf(tag, named)),
    named,
  );
}

/** Templates of tags that follow from the row only. */
export function rowTags({ declaration, key }: BoundResource): TagTemplate[] {
  const named = new Map(key.map(({ name }) => [name, '']));
  return declaration.tags.filter((tag) => !isOf(tag, named));
}

function isOf(tag: TagTemplate, values: Row): boolean {
  return columnsOf(tag).every((column) => values.has(column));
}
