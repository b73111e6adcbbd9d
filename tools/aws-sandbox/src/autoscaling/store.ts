import { Sql, type Database } from '../state.ts';
import type { Activity } from './activity.ts';
import type { Group } from './group.ts';

/** Groups with all that is in them, and what they have done. */
export class GroupStore {
  readonly #sql: Sql;

  constructor(db: Database) {
    this.#sql = new Sql(db);
  }

  put(group: Group): void {
    this.#sql.run(
      `INSERT INTO autoscaling_groups (region, name, body) VALUES (?, ?, ?)
       ON CONFLICT (region, name) DO UPDATE SET body = excluded.body`,
      group.region,
      group.name,
      JSON.stringify(group),
    );
  }

  find(region: string, name: string): Group | undefined {
    const row = this.#sql.one<{ body: string }>(
      'SELECT body FROM autoscaling_groups WHERE region = ? AND name = ?',
      region,
      name,
    );
    return row && (JSON.parse(row.body) as Group);
  }

  /** By name; of all regions unless one is named. */
  list(region?: string): Group[] {
    return this.#sql
      .all<{ body: string }>(
        'SELECT body FROM autoscaling_groups WHERE ? IS NULL OR region = ? ORDER BY name',
        region ?? null,
        region ?? null,
      )
      .map(({ body }) => JSON.parse(body) as Group);
  }

  /** With its activities: those of deleted groups are not here. */
  remove({ region, name }: Group): void {
    this.#sql.run('DELETE FROM autoscaling_groups WHERE region = ? AND name = ?', region, name);
    this.#sql.run('DELETE FROM autoscaling_activities WHERE region = ? AND group_name = ?', region, name);
  }

  putActivity(activity: Activity): void {
    this.#sql.run(
      `INSERT INTO autoscaling_activities (id, region, group_name, body) VALUES (?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET body = excluded.body`,
      activity.id,
      activity.region,
      activity.group,
      JSON.stringify(activity),
    );
  }

  activity(id: string): Activity | undefined {
    const row = this.#sql.one<{ body: string }>('SELECT body FROM autoscaling_activities WHERE id = ?', id);
    return row && (JSON.parse(row.body) as Activity);
  }

  /** The newest first. */
  activities(region: string): Activity[] {
    return this.#sql
      .all<{ body: string }>(
        'SELECT body FROM autoscaling_activities WHERE region = ? ORDER BY seq DESC',
        region,
      )
      .map(({ body }) => JSON.parse(body) as Activity);
  }
}
