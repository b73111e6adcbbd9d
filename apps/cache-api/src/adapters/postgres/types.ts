import type { Column, JsonSchema } from '../../domain/resources/bound.ts';
import type { KeyType } from '../../domain/resources/ids.ts';
import type { ParameterType } from '../../domain/resources/resource.ts';
import type { CatalogColumn } from './catalog.ts';

/** By the name in pg_type. bpchar is not among them: it is padded, and equal to what is not. */
const KEY_TYPES: Readonly<Record<string, KeyType>> = {
  int2: 'smallint',
  int4: 'integer',
  int8: 'bigint',
  text: 'text',
  varchar: 'text',
  uuid: 'uuid',
};

export const PARAMETER_TYPES: Readonly<Record<ParameterType, KeyType>> = {
  smallint: 'smallint',
  int: 'integer',
  bigint: 'bigint',
  text: 'text',
  uuid: 'uuid',
};

/** Throws an Error that says why it can be no part of an id. */
export function keyTypeOf({ name, type, base, deterministic }: CatalogColumn): KeyType {
  const found = Object.hasOwn(KEY_TYPES, base) ? KEY_TYPES[base]! : undefined;
  if (found === undefined) {
    throw new Error(
      `${name} is of type ${type}, and ids are made of smallint, integer, bigint, text, varchar and uuid: ` +
        `name other columns`,
    );
  }
  if (!deterministic) {
    throw new Error(
      `${name} has a collation for which different texts are equal, and so one row would have several ids: ` +
        `name another column, or give it a deterministic collation`,
    );
  }
  return found;
}

/** Whether equal values of both have equal texts. */
export function areAlike(one: KeyType, other: KeyType): boolean {
  return familyOf(one) === familyOf(other);
}

function familyOf(type: KeyType): string {
  return type === 'smallint' || type === 'integer' || type === 'bigint' ? 'integer' : type;
}

/** What row_to_json writes of them. */
const SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  int2: { type: 'integer' },
  int4: { type: 'integer' },
  int8: { type: 'integer', format: 'int64' },
  float4: { type: 'number' },
  float8: { type: 'number' },
  numeric: { type: 'number' },
  bool: { type: 'boolean' },
  uuid: { type: 'string', format: 'uuid' },
  timestamptz: { type: 'string', format: 'date-time' },
  // Without an offset it is no date-time of RFC 3339.
  timestamp: { type: 'string' },
  date: { type: 'string', format: 'date' },
  json: {},
  jsonb: {},
  record: {},
};

/** Of the JSON of a row with these columns. */
export function rowSchema(columns: readonly (Column & { base: string })[]): JsonSchema {
  return {
    type: 'object',
    properties: Object.fromEntries(columns.map((column) => [column.name, columnSchema(column)])),
    required: columns.map(({ name }) => name),
  };
}

function columnSchema({ base, nullable }: { base: string; nullable: boolean }): JsonSchema {
  const schema = typeSchema(base);
  const { type } = schema;
  return nullable && type !== undefined ? { ...schema, type: [type, 'null'] } : schema;
}

/** Arrays of Postgres may have any number of dimensions, and NULL in them. */
function typeSchema(base: string): JsonSchema {
  if (base.startsWith('_')) return { type: 'array' };
  return Object.hasOwn(SCHEMAS, base) ? SCHEMAS[base]! : { type: 'string' };
}
