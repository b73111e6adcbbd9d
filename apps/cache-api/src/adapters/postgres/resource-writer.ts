import type { PoolClient } from 'pg';
import type { Change, Row } from '../../domain/change.ts';
import type { BoundTable, Column } from '../../domain/resources/bound.ts';
import { parseId, type Id } from '../../domain/resources/ids.ts';
import type { Loaded } from '../../ports/source.ts';
import { checkConditions } from '../../domain/conditions.ts';
import type { Conditions } from '../../ports/values.ts';
import { Rejected } from '../../domain/write-errors.ts';
import { columnsGiven, columnsOmitted, type Fields } from './fields.ts';
import type { Pools } from './pools.ts';
import { tagColumns, toLoaded } from './row-sql.ts';
import { inTransaction } from './transaction.ts';
import { toWriteError } from './write-error.ts';
import { deleteSql, insertSql, lockSql, STAMP, updateSql, type Statement } from './write-sql.ts';

export interface Written {
  change: Change;
  /** As the source would give it; undefined: it is deleted. */
  loaded: Loaded | undefined;
  /** Place in the WAL, read while the row was locked: higher than that of each earlier write of this row. */
  version: bigint;
}

/** A row in the hands of a transaction. */
interface Held {
  row: Row;
  loaded: Loaded;
}

/** A row that comes and goes while it is written is tried again this often. */
const ATTEMPTS = 5;

/**
 * Writes single rows of a declared table, each in one transaction that also tells the change stream the version.
 *
 * Rejects with InvalidId, NotWritable, Rejected, ConditionFailed, or SourceUnavailable; after the last one
 * nobody knows whether it was written, as the answer to COMMIT may be what was lost.
 */
export class ResourceWriter {
  readonly #table: BoundTable;
  readonly #pools: Pools;

  constructor(table: BoundTable, pools: Pools) {
    this.#table = table;
    this.#pools = pools;
  }

  /** Makes the row, or makes it this one: writable columns that are left out get their defaults. */
  async replace(id: string, fields: Fields, conditions: Conditions = {}): Promise<Written> {
    const key = parseId(this.#table, id);
    const given = columnsGiven(this.#table, fields);
    const omitted = columnsOmitted(this.#table, given);
    const update = updateSql(this.#table, given, omitted);
    const insert = insertSql(this.#table, given);
    return this.#write(key, fields, given, async (client) => {
      for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
        const before = await this.#lock(client, key, conditions);
        const after = await this.#run(client, before === undefined ? insert : update, key, fields);
        if (after !== undefined) return this.#written(client, key, before, after);
      }
      throw new Rejected(
        `A trigger or policy of ${this.#table.declaration.table} keeps the row from being written.`,
      );
    });
  }

  /** Changes the columns that are given; undefined: there is no such row. */
  async patch(id: string, fields: Fields, conditions: Conditions = {}): Promise<Written | undefined> {
    const key = parseId(this.#table, id);
    const given = columnsGiven(this.#table, fields);
    return this.#write(key, fields, given, async (client) => {
      const before = await this.#lock(client, key, conditions);
      if (before === undefined) return undefined;
      if (given.length === 0) return this.#written(client, key, before, before);
      const after = await this.#run(client, updateSql(this.#table, given, []), key, fields);
      if (after !== undefined) return this.#written(client, key, before, after);
      throw new Rejected(`A trigger or policy of ${this.#table.declaration.table} keeps the row as it is.`);
    });
  }

  /** undefined: there is no such row. */
  async remove(id: string, conditions: Conditions = {}): Promise<Written | undefined> {
    const key = parseId(this.#table, id);
    return this.#write(key, {}, [], async (client) => {
      const before = await this.#lock(client, key, conditions, true);
      if (before === undefined) return undefined;
      const { rowCount } = await client.query(deleteSql(this.#table), [...key.values]);
      if (rowCount === 1) return this.#written(client, key, before, undefined);
      throw new Rejected(
        `A trigger or policy of ${this.#table.declaration.table} keeps the row from being deleted.`,
      );
    });
  }

  async #write<T>(
    { text }: Id,
    fields: Fields,
    given: readonly Column[],
    work: (client: PoolClient) => Promise<T>,
  ): Promise<T> {
    try {
      return await inTransaction(this.#pools, work);
    } catch (error) {
      throw await toWriteError(this.#pools, error, `Writing ${this.#table.name}/${text}`, fields, given);
    }
  }

  async #lock(
    client: PoolClient,
    key: Id,
    conditions: Conditions,
    toDelete = false,
  ): Promise<Held | undefined> {
    const held = await this.#one(client, lockSql(this.#table, toDelete), [...key.values]);
    checkConditions(conditions, held?.loaded.etag);
    return held;
  }

  #run(
    client: PoolClient,
    { text, takesFields }: Statement,
    key: Id,
    fields: Fields,
  ): Promise<Held | undefined> {
    return this.#one(client, text, takesFields ? [...key.values, JSON.stringify(fields)] : [...key.values]);
  }

  async #one(client: PoolClient, text: string, values: string[]): Promise<Held | undefined> {
    const { rows } = await client.query<(string | null)[]>({ text, values, rowMode: 'array' });
    const [answer] = rows;
    if (answer === undefined) return undefined;
    const columns = answer.slice(1 + tagColumns(this.#table).length);
    return {
      loaded: toLoaded(this.#table, answer),
      row: new Map(this.#table.tableColumns.map(({ name }, at) => [name, columns[at] ?? null])),
    };
  }

  async #written(
    client: PoolClient,
    key: Id,
    before: Held | undefined,
    after: Held | undefined,
  ): Promise<Written> {
    const { rows } = await client.query<{ version: string }>(STAMP, [key.cacheKey]);
    const { table } = this.#table.declaration;
    return {
      change: changeOf(table, before?.row, after?.row),
      loaded: after?.loaded,
      version: BigInt(rows[0]!.version),
    };
  }
}

function changeOf(table: string, before: Row | undefined, after: Row | undefined): Change {
  if (after === undefined) return { kind: 'delete', table, before: before! };
  return before === undefined ? { kind: 'insert', table, after } : { kind: 'update', table, before, after };
}
