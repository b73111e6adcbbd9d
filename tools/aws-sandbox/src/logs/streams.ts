import { Sql, type Database } from '../state.ts';

export interface LogStream {
  name: string;
  /** ms since the epoch. */
  created: number;
  first: number | null;
  last: number | null;
  ingested: number | null;
}

export interface LogEvent {
  seq: number;
  timestamp: number;
  message: string;
  ingested: number;
}

/** Where Batch writes. https://docs.aws.amazon.com/batch/latest/userguide/using_awslogs.html */
export const BATCH_LOG_GROUP = '/aws/batch/job';

export interface Range {
  /** Sequence numbers, both left out; times in ms, `end` left out. */
  after: number;
  before: number;
  start: number;
  end: number;
}

/** Log streams of Batch's group: the only group there is. */
export class LogStreams {
  readonly #sql: Sql;

  constructor(db: Database) {
    this.#sql = new Sql(db);
  }

  createStream(region: string, stream: string, now: number): void {
    this.#sql.run(
      'INSERT OR IGNORE INTO log_streams (region, name, created) VALUES (?, ?, ?)',
      region,
      stream,
      now,
    );
  }

  append(region: string, stream: string, lines: readonly string[], now: number): void {
    this.#sql.transaction(() => {
      this.createStream(region, stream, now);
      for (const line of lines) {
        this.#sql.run(
          'INSERT INTO log_events (region, stream, timestamp, message, ingested) VALUES (?, ?, ?, ?, ?)',
          region,
          stream,
          now,
          line,
          now,
        );
      }
    });
  }

  has(region: string, stream: string): boolean {
    const row = this.#sql.one('SELECT 1 FROM log_streams WHERE region = ? AND name = ?', region, stream);
    return row !== undefined;
  }

  isEmpty(region: string): boolean {
    return this.#sql.one('SELECT 1 FROM log_streams WHERE region = ?', region) === undefined;
  }

  /** The first or the last of a range; always the earliest first. */
  events(region: string, stream: string, range: Range, limit: number, from: 'head' | 'tail'): LogEvent[] {
    const rows = this.#sql.all<LogEvent>(
      `SELECT seq, timestamp, message, ingested FROM log_events
       WHERE region = ? AND stream = ? AND seq > ? AND seq < ? AND timestamp >= ? AND timestamp < ?
       ORDER BY seq ${from === 'head' ? 'ASC' : 'DESC'} LIMIT ?`,
      region,
      stream,
      range.after,
      range.before,
      range.start,
      range.end,
      limit,
    );
    return from === 'head' ? rows : rows.toReversed();
  }

  /** By name. */
  list(region: string, prefix: string): LogStream[] {
    return this.#sql
      .all<LogStream>(
        `SELECT name, created, MIN(timestamp) AS first, MAX(timestamp) AS last, MAX(ingested) AS ingested
         FROM log_streams LEFT JOIN log_events ON stream = name AND log_events.region = log_streams.region
         WHERE log_streams.region = ? GROUP BY name ORDER BY name`,
        region,
      )
      .filter(({ name }) => name.startsWith(prefix));
  }
}
