import { Sql, type Database } from '../../state.ts';

export type ItemKind = 'compute-environment' | 'job-queue' | 'job-definition';

/** Environments, queues and definitions: all have a name in a region, and a body. Read often, so kept in memory too. */
export class Items<T extends object> {
  readonly #sql: Sql;
  readonly #kind: ItemKind;
  readonly #all = new Map<string, T>();

  constructor(db: Database, kind: ItemKind) {
    this.#sql = new Sql(db);
    this.#kind = kind;
    const rows = this.#sql.all<{ region: string; name: string; body: string }>(
      'SELECT region, name, body FROM batch_items WHERE kind = ? ORDER BY seq',
      kind,
    );
    for (const { region, name, body } of rows) this.#all.set(`${region} ${name}`, JSON.parse(body) as T);
  }

  find(region: string, name: string): T | undefined {
    return this.#all.get(`${region} ${name}`);
  }

  /** In the order of their creation. */
  list(region: string): T[] {
    return [...this.#all].filter(([key]) => key.startsWith(`${region} `)).map(([, item]) => item);
  }

  put(region: string, name: string, item: T): void {
    this.#all.set(`${region} ${name}`, item);
    this.#sql.run(
      `INSERT INTO batch_items (kind, region, name, body) VALUES (?, ?, ?, ?)
       ON CONFLICT (kind, region, name) DO UPDATE SET body = excluded.body`,
      this.#kind,
      region,
      name,
      JSON.stringify(item),
    );
  }

  remove(region: string, name: string): void {
    this.#all.delete(`${region} ${name}`);
    this.#sql.run(
      'DELETE FROM batch_items WHERE kind = ? AND region = ? AND name = ?',
      this.#kind,
      region,
      name,
    );
  }
}
