import type { PoolClient } from 'pg';
import { checkConditions, etagOf } from '../../domain/conditions.ts';
import type { Loaded, Source } from '../../ports/source.ts';
import type { Conditions, Value, ValueTable, ValueWritten } from '../../ports/values.ts';
import { cancellable } from './cancellable.ts';
import { toSourceError } from './errors.ts';
import type { Pools } from './pools.ts';
import { inTransaction } from './transaction.ts';
import { STAMP } from './write-sql.ts';

export const VALUE_TABLE = 'cache_api.kv_entries';

const COLUMNS = `v.body, v.content_type, v.etag, v.tags, extract(epoch FROM v.expires_at - now()) * 1000 AS left_ms`;
const IN_FORCE = '(v.expires_at IS NULL OR v.expires_at > now())';

const LOAD = {
  name: 'load values',
  text: `SELECT k.position::int, ${COLUMNS}
    FROM unnest($2::text[]) WITH ORDINALITY AS k(key, position)
    JOIN ${VALUE_TABLE} AS v ON v.namespace = $1 AND v.key = k.key AND ${IN_FORCE}`,
};
const LOCK = `SELECT v.etag, ${IN_FORCE} AS in_force FROM ${VALUE_TABLE} AS v
  WHERE v.namespace = $1 AND v.key = $2 FOR UPDATE`;
const PUT = `INSERT INTO ${VALUE_TABLE} AS v (namespace, key, body, content_type, etag, tags, expires_at)
  VALUES ($1, $2, $3, $4, $5, $6, now() + $7::float8 * interval '1 ms')
  ON CONFLICT (namespace, key) DO UPDATE SET
    body = excluded.body, content_type = excluded.content_type, etag = excluded.etag,
    tags = excluded.tags, expires_at = excluded.expires_at`;
const REMOVE = `DELETE FROM ${VALUE_TABLE} WHERE namespace = $1 AND key = $2`;

type Answer = [
  position: number,
  body: Buffer,
  type: string,
  etag: string,
  tags: string[],
  leftMs: string | null,
];

/** Values of one namespace in Postgres. Only the database's clock counts. */
export class PostgresValues implements Source, ValueTable {
  readonly #namespace: string;
  readonly #pools: Pools;

  constructor(namespace: string, pools: Pools) {
    this.#namespace = namespace;
    this.#pools = pools;
  }

  async load(keys: readonly string[], signal: AbortSignal): Promise<(Loaded | undefined)[]> {
    const query = { ...LOAD, values: [this.#namespace, keys], rowMode: 'array' as const };
    const found: (Loaded | undefined)[] = keys.map(() => undefined);
    try {
      const rows = (await cancellable(this.#pools, query, signal)) as unknown as Answer[];
      for (const [position, body, contentType, etag, tags, leftMs] of rows) {
        const ttlMs = leftMs === null ? undefined : Number(leftMs);
        found[position - 1] = { body, contentType, etag, tags, ttlMs, version: 0n };
      }
    } catch (error) {
      throw toSourceError(error, `Loading ${this.#namespace}`);
    }
    return found;
  }

  put(key: string, value: Value, conditions: Conditions): Promise<ValueWritten> {
    const { body, contentType, tags, ttlMs } = value;
    const etag = etagOf(body);
    return this.#write(key, async (client) => {
      const there = await this.#lock(client, key);
      checkConditions(conditions, there);
      const stored = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
      await client.query(PUT, [this.#namespace, key, stored, contentType, etag, tags, ttlMs ?? null]);
      const version = await this.#stamp(client, key);
      const loaded = { body, contentType, etag, tags, ttlMs, version };
      return { loaded, version, wasThere: there !== undefined };
    });
  }

  remove(key: string, conditions: Conditions): Promise<ValueWritten | undefined> {
    return this.#write(key, async (client) => {
      const there = await this.#lock(client, key);
      checkConditions(conditions, there);
      if (there === undefined) return undefined;
      await client.query(REMOVE, [this.#namespace, key]);
      return { loaded: undefined, version: await this.#stamp(client, key), wasThere: true };
    });
  }

  /**
   * ETag of what is there. Two who write a key that is not there yet both find nothing to lock, so the name
   * itself is locked, for as long as the transaction.
   */
  async #lock(client: PoolClient, key: string): Promise<string | undefined> {
    await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [this.#cacheKey(key)]);
    const { rows } = await client.query<{ etag: string; in_force: boolean }>(LOCK, [this.#namespace, key]);
    return rows[0]?.in_force === true ? rows[0].etag : undefined;
  }

  async #stamp(client: PoolClient, key: string): Promise<bigint> {
    const { rows } = await client.query<{ version: string }>(STAMP, [this.#cacheKey(key)]);
    return BigInt(rows[0]!.version);
  }

  #cacheKey = (key: string): string => `${this.#namespace}/${key}`;

  async #write<T>(key: string, work: (client: PoolClient) => Promise<T>): Promise<T> {
    try {
      return await inTransaction(this.#pools, work);
    } catch (error) {
      const isPlain = error instanceof Error && (error.name === 'Error' || 'code' in error);
      throw isPlain ? toSourceError(error, `Writing ${this.#cacheKey(key)}`) : error;
    }
  }
}
