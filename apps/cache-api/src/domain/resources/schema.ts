import { z } from 'zod';
import { policySettings } from './policy-settings.ts';
import { MOST_TAGS, parseTag } from './tags.ts';
import { parsed, Period, Size } from './units.ts';

const Name = z
  .string('must be a name')
  .regex(
    /^[a-z][a-z0-9-]{0,62}$/,
    'must be lower-case letters, digits and dashes, a letter first, 63 at most',
  );

/** As the catalog writes it: nothing is folded to lower case, and quotes are part of the name. */
const Identifier = z.string('must be a name').min(1, 'is empty').max(63, 'is longer than 63 characters');
const Identifiers = z
  .array(Identifier, 'must be a list, as [id, name]')
  .min(1, 'is empty: name one, or leave it out');

const Table = parsed((value) => {
  const parts = typeof value === 'string' ? value.split('.') : [];
  if (parts.length < 1 || parts.length > 2 || parts.some((part) => part === '')) {
    throw new Error('must be a table or schema.table; there can be no other dot in it');
  }
  return (parts.length === 1 ? ['public', ...parts] : parts).join('.');
});

const Parameters = z.record(
  z.string().regex(/^[A-Za-z_]\w*$/, 'a parameter is letters, digits and _, no digit first'),
  z.enum(['text', 'int', 'bigint', 'uuid', 'smallint'], 'must be text, int, bigint, uuid or smallint'),
  'must be a mapping, as { category: text }',
);

const Tag = parsed((value) => {
  if (typeof value !== 'string') throw new Error('must be a text, as "products" or "category:{category}"');
  return parseTag(value);
});

const visibility = z.enum(['private', 'public', 'shared'], 'must be private, public or shared');

const DependencySettings = z.strictObject({
  table: Table,
  on: z
    .record(z.string(), Identifier, 'must be a mapping of parameters to columns, as { category: category }')
    .optional(),
});

export const resourceSettings = z.strictObject({
  name: Name,
  table: Table.optional(),
  query: z.string('must be SQL').trim().min(1, 'is empty').optional(),
  key: z
    .union(
      [Identifiers, Parameters],
      'must be a list of columns, as [id], or for a query a mapping, as { category: text }',
    )
    .optional(),
  columns: Identifiers.optional(),
  strategy: z
    .enum(
      ['cache-aside', 'read-through', 'write-through', 'refresh-ahead'],
      'must be cache-aside, read-through, write-through or refresh-ahead',
    )
    .default('read-through'),
  writable: Identifiers.optional(),
  ttl: Period,
  ...policySettings,
  visibility: visibility.default('private'),
  tags: z
    .array(Tag, 'must be a list, as [products]')
    .max(MOST_TAGS, `are more than ${MOST_TAGS}: take some out`)
    .default([]),
  many: z.boolean('must be true or false').optional(),
  dependsOn: z.array(DependencySettings, 'must be a list').optional(),
});
export type ResourceSettings = z.output<typeof resourceSettings>;

const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

export const namespaceSettings = z.strictObject({
  name: Name,
  kind: z.enum(['volatile', 'postgres'], 'must be volatile or postgres'),
  ttl: Period.prefault('1h'),
  maxTtl: Period.optional(),
  maxBytes: Size.prefault('1MiB'),
  visibility: visibility.default('private'),
  ...policySettings,
});
export type NamespaceSettings = z.output<typeof namespaceSettings>;
