import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementResultingChanges } from 'node:sqlite';

const SCHEMA = `
CREATE TABLE IF NOT EXISTS buckets (
  name TEXT PRIMARY KEY,
  created TEXT NOT NULL,
  versioning TEXT NOT NULL DEFAULT '',      -- '' never enabled | Enabled | Suspended
  notifications TEXT NOT NULL DEFAULT '{}'
);
-- One row per object version or delete marker. The newest of a key is the one with
-- the highest seq; keys compare by their UTF-8 bytes, as in S3.
CREATE TABLE IF NOT EXISTS versions (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  bucket TEXT NOT NULL,
  key TEXT NOT NULL,
  version_id TEXT NOT NULL,                 -- 'null' when written without versioning
  marker INTEGER NOT NULL DEFAULT 0,
  blob TEXT,
  size INTEGER NOT NULL DEFAULT 0,
  etag TEXT NOT NULL DEFAULT '',
  modified INTEGER NOT NULL,                -- ms since the epoch
  headers TEXT NOT NULL DEFAULT '{}',
  checksum TEXT,
  UNIQUE (bucket, key, version_id)
);
CREATE INDEX IF NOT EXISTS versions_by_key ON versions (bucket, key, seq);
CREATE TABLE IF NOT EXISTS uploads (
  id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key TEXT NOT NULL,
  started INTEGER NOT NULL, headers TEXT NOT NULL,
  checksum TEXT                             -- JSON of its algorithm and type, where it was begun with one
);
CREATE TABLE IF NOT EXISTS parts (
  upload TEXT NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
  number INTEGER NOT NULL, blob TEXT NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL,
  modified INTEGER NOT NULL,
  checksum TEXT,                            -- JSON of its name and value
  PRIMARY KEY (upload, number)
);
-- Notifications that have been decided but not delivered yet: they survive a restart.
CREATE TABLE IF NOT EXISTS outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  due INTEGER NOT NULL, destination TEXT NOT NULL, message TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS queues (
  name TEXT PRIMARY KEY, attributes TEXT NOT NULL, tags TEXT NOT NULL DEFAULT '{}',
  created INTEGER NOT NULL, modified INTEGER NOT NULL, purged INTEGER NOT NULL DEFAULT 0
);
-- A message is in flight while it has a receipt and is not visible yet.
CREATE TABLE IF NOT EXISTS messages (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  queue TEXT NOT NULL REFERENCES queues (name) ON DELETE CASCADE,
  message_id TEXT NOT NULL, body TEXT NOT NULL, attributes TEXT NOT NULL,
  group_id TEXT, dedup_id TEXT, sent INTEGER NOT NULL, visible INTEGER NOT NULL,
  receipt TEXT, receives INTEGER NOT NULL DEFAULT 0, first_received INTEGER, source_arn TEXT
);
CREATE INDEX IF NOT EXISTS messages_by_queue ON messages (queue, visible);
CREATE TABLE IF NOT EXISTS deduplication (
  queue TEXT NOT NULL REFERENCES queues (name) ON DELETE CASCADE,
  id TEXT NOT NULL, message_id TEXT NOT NULL, seq INTEGER NOT NULL, expires INTEGER NOT NULL,
  PRIMARY KEY (queue, id)
);
-- Redrives of dead-letter queues. One that is not finished goes on after a restart.
CREATE TABLE IF NOT EXISTS move_tasks (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  source TEXT NOT NULL REFERENCES queues (name) ON DELETE CASCADE,
  destination TEXT, rate INTEGER,
  status TEXT NOT NULL DEFAULT 'RUNNING', failure TEXT,
  moved INTEGER NOT NULL DEFAULT 0, to_move INTEGER NOT NULL,
  started INTEGER NOT NULL, due REAL NOT NULL
);
-- IP sets, rule groups and web ACLs.
CREATE TABLE IF NOT EXISTS waf_items (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, region TEXT NOT NULL, scope TEXT NOT NULL,
  name TEXT NOT NULL, lock_token TEXT NOT NULL, body TEXT NOT NULL,
  UNIQUE (kind, region, scope, name)
);
-- Beside them: a tag changes no lock token.
CREATE TABLE IF NOT EXISTS waf_tags (
  item TEXT NOT NULL REFERENCES waf_items (id) ON DELETE CASCADE,
  key TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (item, key)
);
-- Networks, instances, volumes: all that EC2 has, a row each.
CREATE TABLE IF NOT EXISTS ec2_items (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, region TEXT NOT NULL, body TEXT NOT NULL
);
-- With their hooks and instances.
CREATE TABLE IF NOT EXISTS autoscaling_groups (
  region TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (region, name)
);
CREATE TABLE IF NOT EXISTS autoscaling_activities (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE, region TEXT NOT NULL, group_name TEXT NOT NULL, body TEXT NOT NULL
);
-- Those that are not the default.
CREATE TABLE IF NOT EXISTS quotas (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
-- Of CloudFront; what the config says is in it twice: as XML, and as the sandbox reads it.
CREATE TABLE IF NOT EXISTS distributions (
  id TEXT PRIMARY KEY, domain_name TEXT NOT NULL, etag TEXT NOT NULL, modified TEXT NOT NULL,
  config TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS invalidations (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  distribution TEXT NOT NULL REFERENCES distributions (id) ON DELETE CASCADE,
  caller_reference TEXT NOT NULL, paths TEXT NOT NULL,
  created INTEGER NOT NULL, completes INTEGER NOT NULL,   -- ms since the epoch
  UNIQUE (distribution, caller_reference)
);
-- Of the sandbox itself; those that are not the default.
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
-- Compute environments, job queues and job definitions of Batch.
CREATE TABLE IF NOT EXISTS batch_items (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL,
  UNIQUE (kind, region, name)
);
-- Parents have a lower seq than their children.
CREATE TABLE IF NOT EXISTS batch_jobs (id TEXT PRIMARY KEY, seq INTEGER NOT NULL, body TEXT NOT NULL);
-- Locations, tasks and executions of DataSync.
CREATE TABLE IF NOT EXISTS datasync_items (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  arn TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, region TEXT NOT NULL, body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS log_streams (
  region TEXT NOT NULL, name TEXT NOT NULL, created INTEGER NOT NULL,
  PRIMARY KEY (region, name)
);
CREATE TABLE IF NOT EXISTS log_events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  region TEXT NOT NULL, stream TEXT NOT NULL,
  timestamp INTEGER NOT NULL, message TEXT NOT NULL, ingested INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS log_events_by_stream ON log_events (region, stream, seq);
CREATE TABLE IF NOT EXISTS rules (
  name TEXT PRIMARY KEY, pattern TEXT NOT NULL, state TEXT NOT NULL, targets TEXT NOT NULL DEFAULT '[]'
);
`;

export type Database = DatabaseSync;

/** All state but SNS topics and subscriptions, which fauxqs keeps in a file of its own beside it. */
export function openState(stateDir: string): Database {
  mkdirSync(stateDir, { recursive: true });
  const db = new DatabaseSync(join(stateDir, 'state.sqlite'));
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;');
  db.exec(SCHEMA);
  for (const table of ['uploads', 'parts']) addColumn(db, table, 'checksum');
  return db;
}

/** To a table of a state folder from before it had that. */
function addColumn(db: Database, table: string, column: string): void {
  const columns = db.prepare('SELECT name FROM pragma_table_info(?)').all(table);
  if (columns.some(({ name }) => name === column)) return;
  db.exec(`ALTER TABLE ${table} ADD COLUMN ${column} TEXT`);
}

/** The few ways in which rows are asked for. All are synchronous: nothing comes between. */
export class Sql {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  one<T>(sql: string, ...values: SQLInputValue[]): T | undefined {
    return this.#db.prepare(sql).get(...values) as T | undefined;
  }

  all<T>(sql: string, ...values: SQLInputValue[]): T[] {
    return this.#db.prepare(sql).all(...values) as T[];
  }

  run(sql: string, ...values: SQLInputValue[]): StatementResultingChanges {
    return this.#db.prepare(sql).run(...values);
  }

  /** All of it or nothing. Within another transaction it is a part of that one. */
  transaction<T>(work: () => T): T {
    if (this.#db.isTransaction) return work();
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      this.#db.exec('ROLLBACK');
      throw error;
    }
  }
}
