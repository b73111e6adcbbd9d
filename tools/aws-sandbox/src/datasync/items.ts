import { randomBytes } from 'node:crypto';
import { Sql, type Database } from '../state.ts';
import { invalidRequest } from './error.ts';
import type { Life } from './lifecycle.ts';
import type { Asked, Options, TagList } from './shapes.ts';

export const ACCOUNT = '000000000000';

interface Tagged {
  arn: string;
  tags: Record<string, string>;
}
export interface Location extends Tagged {
  uri: string;
}
export interface Task extends Tagged {
  created: number;
  spec: Omit<Asked<'CreateTask'>, 'Tags'>;
}
export interface Execution extends Tagged, Life {
  task: string;
  options: Options;
}

interface Kinds {
  location: Location;
  task: Task;
  execution: Execution;
}
export type Kind = keyof Kinds;

const PREFIX: Readonly<Record<Kind, string>> = { location: 'loc', task: 'task', execution: 'exec' };

/** Locations, tasks and executions, each kept as one row, in the order in which they were made. */
export class DataSyncItems {
  readonly #sql: Sql;

  constructor(db: Database) {
    this.#sql = new Sql(db);
  }

  /** `under`: the ARN of the task of an execution. */
  newArn(kind: Kind, region: string, under?: string): string {
    const id = `${kind}/${PREFIX[kind]}-${randomBytes(9).toString('hex').slice(0, 17)}`;
    return under === undefined ? `arn:aws:datasync:${region}:${ACCOUNT}:${id}` : `${under}/${id}`;
  }

  put<K extends Kind>(kind: K, item: Kinds[K]): void {
    const region = item.arn.split(':')[3] ?? '';
    this.#sql.run(
      `INSERT INTO datasync_items (arn, kind, region, body) VALUES (?, ?, ?, ?)
       ON CONFLICT (arn) DO UPDATE SET body = excluded.body`,
      item.arn,
      kind,
      region,
      JSON.stringify(item),
    );
  }

  list<K extends Kind>(kind: K, region: string): Kinds[K][] {
    return this.#sql
      .all<{ body: string }>(
        'SELECT body FROM datasync_items WHERE kind = ? AND region = ? ORDER BY seq',
        kind,
        region,
      )
      .map(({ body }) => JSON.parse(body) as Kinds[K]);
  }

  /** Throws InvalidRequestException: there is none, or not in this region. */
  get<K extends Kind>(kind: K, arn: string, region: string): Kinds[K] {
    const row = this.#sql.one<{ body: string }>(
      'SELECT body FROM datasync_items WHERE kind = ? AND arn = ? AND region = ?',
      kind,
      arn,
      region,
    );
    if (row === undefined) throw invalidRequest(`The ${kind} ${arn} is not found.`);
    return JSON.parse(row.body) as Kinds[K];
  }

  /** With all executions of a task. */
  removeTask(arn: string): void {
    this.#sql.run('DELETE FROM datasync_items WHERE arn = ? OR arn LIKE ?', arn, `${arn}/%`);
  }
}

export function tagsOf(tags: TagList = []): Record<string, string> {
  return Object.fromEntries(tags.map(({ Key, Value = '' }) => [Key, Value]));
}

/** Of an ARN that tags can be on. */
export function kindOf(arn: string): Kind {
  if (arn.includes('/execution/')) return 'execution';
  return arn.includes(':location/') ? 'location' : 'task';
}
