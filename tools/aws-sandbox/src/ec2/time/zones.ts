import { Sql, type Database } from '../../state.ts';

const NAME = 'lost-zone.';

/** Availability Zones that are lost, and since when (ms of the clock). Kept with the rest of the state. */
export class Zones {
  readonly #sql: Sql;
  readonly #lost: Map<string, number>;

  constructor(db: Database) {
    this.#sql = new Sql(db);
    const rows = this.#sql.all<{ name: string; value: number }>(
      'SELECT name, value FROM settings WHERE name LIKE ?',
      `${NAME}%`,
    );
    this.#lost = new Map(rows.map(({ name, value }) => [name.slice(NAME.length), value]));
  }

  isLost(zone: string): boolean {
    return this.#lost.has(zone);
  }

  lostSince(zone: string): number | undefined {
    return this.#lost.get(zone);
  }

  all(): { zone: string; since: number }[] {
    return [...this.#lost].map(([zone, since]) => ({ zone, since }));
  }

  lose(zone: string, now: number): void {
    if (this.#lost.has(zone)) return;
    this.#lost.set(zone, now);
    this.#sql.run('INSERT INTO settings (name, value) VALUES (?, ?)', NAME + zone, now);
  }

  restore(zone: string): void {
    this.#lost.delete(zone);
    this.#sql.run('DELETE FROM settings WHERE name = ?', NAME + zone);
  }
}
