import type { Visibility } from '../entry.ts';
import type { Policy } from '../policy.ts';
import type { TagTemplate } from './tags.ts';

export type Strategy = 'cache-aside' | 'read-through' | 'write-through' | 'refresh-ahead';

export type ParameterType = 'text' | 'int' | 'bigint' | 'uuid' | 'smallint';

interface Common {
  name: string;
  strategy: Strategy;
  visibility: Visibility;
  tags: readonly TagTemplate[];
  policy: Policy;
}

/** One entry per row of a table. */
export interface TableResource extends Common {
  kind: 'table';
  /** `schema.table`, as the catalog writes both. */
  table: string;
  /** undefined: the primary key. */
  key: readonly string[] | undefined;
  /** undefined: all of them. */
  columns: readonly string[] | undefined;
  writable: readonly string[];
}

/** One entry per combination of parameters. */
export interface QueryResource extends Common {
  kind: 'query';
  query: string;
  /** In the order of the id. */
  parameters: readonly { name: string; type: ParameterType }[];
  /** The body is a JSON array of all rows, and not the first one. */
  many: boolean;
  dependsOn: readonly Dependency[];
}

export interface Dependency {
  table: string;
  /**
   * Parameter → column: an answer depends on those rows only whose columns equal the parameters, as text.
   * undefined: on all of them.
   */
  on: Readonly<Record<string, string>> | undefined;
}

export type Resource = TableResource | QueryResource;

interface AnyNamespace {
  name: string;
  visibility: Visibility;
  /** Of what is put without one. */
  ttlMs: number;
  /** The longest that a put may ask for. */
  maxTtlMs: number;
  /** Of one value. */
  maxBytes: number;
}

/** Keys and values that clients put themselves. */
export type Namespace =
  | (AnyNamespace & { kind: 'volatile' })
  | (AnyNamespace & { kind: 'postgres'; policy: Policy });

export interface CacheFile {
  resources: Resource[];
  namespaces: Namespace[];
}
