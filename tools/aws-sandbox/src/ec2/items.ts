import { randomBytes } from 'node:crypto';
import { Sql, type Database } from '../state.ts';
import type { Kind, Kinds } from './kinds.ts';
import { Quotas } from './quotas.ts';

export const ACCOUNT = '000000000000';

/** How ids begin. */
const PREFIXES: Readonly<Record<Kind, string>> = {
  vpc: 'vpc',
  subnet: 'subnet',
  networkacl: 'acl',
  group: 'sg',
  grouprule: 'sgr',
  address: 'eipalloc',
  natgateway: 'nat',
  interface: 'eni',
  instance: 'i',
  launchtemplate: 'lt',
  volume: 'vol',
  snapshot: 'snap',
};

/** Letters and digits as AWS gives them: 17 hexadecimal ones. */
export const newId = (prefix: string): string => `${prefix}-0${randomBytes(8).toString('hex')}`;

/** What a region holds, by kind. */
export class Items {
  readonly quotas: Quotas;
  readonly #sql: Sql;

  constructor(db: Database) {
    this.#sql = new Sql(db);
    this.quotas = new Quotas(db);
  }

  /** All of it or nothing. */
  transaction<T>(work: () => T): T {
    return this.#sql.transaction(work);
  }

  create<K extends Kind>(kind: K, region: string, body: Omit<Kinds[K], 'id'>): Kinds[K] {
    const item = { ...body, id: newId(PREFIXES[kind]) } as Kinds[K];
    this.#sql.run(
      'INSERT INTO ec2_items (id, kind, region, body) VALUES (?, ?, ?, ?)',
      item.id,
      kind,
      region,
      JSON.stringify(item),
    );
    return item;
  }

  /** By id. */
  list<K extends Kind>(kind: K, region: string): Kinds[K][] {
    return this.#sql
      .all<{ body: string }>(
        'SELECT body FROM ec2_items WHERE kind = ? AND region = ? ORDER BY id',
        kind,
        region,
      )
      .map(({ body }) => JSON.parse(body) as Kinds[K]);
  }

  /** Those that hold anything. */
  regions(): string[] {
    return this.#sql
      .all<{ region: string }>('SELECT DISTINCT region FROM ec2_items ORDER BY region')
      .map(({ region }) => region);
  }

  find<K extends Kind>(kind: K, region: string, id: string): Kinds[K] | undefined {
    const row = this.#sql.one<{ body: string }>(
      'SELECT body FROM ec2_items WHERE kind = ? AND region = ? AND id = ?',
      kind,
      region,
      id,
    );
    return row && (JSON.parse(row.body) as Kinds[K]);
  }

  /** Wherever it is. */
  locate<K extends Kind>(kind: K, id: string): { region: string; item: Kinds[K] } | undefined {
    const row = this.#sql.one<{ region: string; body: string }>(
      'SELECT region, body FROM ec2_items WHERE kind = ? AND id = ?',
      kind,
      id,
    );
    return row && { region: row.region, item: JSON.parse(row.body) as Kinds[K] };
  }

  /** Whatever it is. */
  any(region: string, id: string): Kinds[Kind] | undefined {
    const row = this.#sql.one<{ body: string }>(
      'SELECT body FROM ec2_items WHERE region = ? AND id = ?',
      region,
      id,
    );
    return row && (JSON.parse(row.body) as Kinds[Kind]);
  }

  /** Of all regions. */
  everywhere<K extends Kind>(kind: K): { region: string; item: Kinds[K] }[] {
    return this.#sql
      .all<{ region: string; body: string }>(
        'SELECT region, body FROM ec2_items WHERE kind = ? ORDER BY id',
        kind,
      )
      .map(({ region, body }) => ({ region, item: JSON.parse(body) as Kinds[K] }));
  }

  replace(item: Kinds[Kind]): void {
    this.#sql.run('UPDATE ec2_items SET body = ? WHERE id = ?', JSON.stringify(item), item.id);
  }

  remove(id: string): void {
    this.#sql.run('DELETE FROM ec2_items WHERE id = ?', id);
  }
}
