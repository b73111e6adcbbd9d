import { setTimeout as delay } from 'node:timers/promises';
import type { Component, Logger } from '@groundwork/service';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { escapeIdentifier, Pool, types } from 'pg';
import { provisionDatabase } from './provision.ts';
import type { DatabaseConfig } from './settings.ts';

export interface Database<Tables> {
  db: Kysely<Tables>;
  pool: Pool;
  /** For readiness: rejects when the database does not answer. */
  check(): Promise<void>;
  component: Component;
}

/** How long a new connection may take, in ms: a database that is gone must not hold up a request for minutes. */
const CONNECT_TIMEOUT_MS = 5_000;
/** How much later than the server we give up, in ms: its own word is the better one. */
const ANSWER_MS = 1_000;
/** A transaction that forgot its end must not hold its locks for ever. */
const IDLE_IN_TRANSACTION_MS = 60_000;
/** How long a start waits for it, in ms. */
const START_MS = 30_000;
const RETRY_MS = 500;
const INT8 = 20;

/** bigint counts come as numbers; above 2^53 that would be a lie, so it throws instead. */
function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is not a safe integer`);
  return value;
}

export interface DatabaseOptions {
  /** With DATABASE_ADMIN_URL: the role may follow commits through a replication slot. */
  replication?: boolean;
  /** Of our tables, where the database is not ours alone; it is made at start when it is missing. */
  schema?: string;
}

export function createDatabase<Tables>(
  config: DatabaseConfig,
  logger: Logger,
  options: DatabaseOptions = {},
): Database<Tables> {
  const pool = new Pool({
    connectionString: config.DATABASE_URL,
    max: config.DATABASE_POOL_SIZE,
    ...(options.schema === undefined ? {} : { options: `-c search_path=${options.schema}` }),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: config.DATABASE_TIMEOUT_MS,
    // Also when the server, or the way to it, is silent.
    query_timeout: config.DATABASE_TIMEOUT_MS + ANSWER_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    // A connection whose other end has vanished is found out.
    keepAlive: true,
    application_name: logger.bindings()['service'] as string | undefined,
    types: {
      getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
        oid === INT8 && format !== 'binary'
          ? parseInt8
          : types.getTypeParser(oid, format)) as typeof types.getTypeParser,
    },
  });
  // Connections fail when the server restarts, idle or between two statements of a transaction:
  // without listeners that would end the process. Whoever uses one is told by its next statement.
  pool.on('connect', (client) => client.on('error', () => undefined));
  pool.on('error', (error) =>
    logger.warn({ error }, `an idle database connection was lost: ${error.message}`),
  );
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return {
    db,
    pool,
    async check() {
      await sql`select 1`.execute(db);
    },
    component: {
      name: 'database',
      start: () => waitFor(() => connect(config, pool, options), logger),
      stop: () => db.destroy(),
    },
  };
}

/** Makes the database if that is our task, and asks it once. */
async function connect(config: DatabaseConfig, pool: Pool, options: DatabaseOptions): Promise<void> {
  if (config.DATABASE_ADMIN_URL !== undefined) {
    const { username, password } = new URL(config.DATABASE_URL);
    await provisionDatabase(config.DATABASE_ADMIN_URL, {
      name: username,
      password,
      ...(options.replication === undefined ? {} : { replication: options.replication }),
    });
  }
  if (options.schema === undefined) await pool.query('SELECT 1');
  else await pool.query(`CREATE SCHEMA IF NOT EXISTS ${escapeIdentifier(options.schema)}`);
}

/** A database that starts at the same time as we do may take a while. */
async function waitFor(attempt: () => Promise<void>, logger: Logger): Promise<void> {
  const deadline = performance.now() + START_MS;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (performance.now() > deadline) {
        throw new Error(`The database does not answer: ${(error as Error).message}`, { cause: error });
      }
      logger.warn(`waiting for the database: ${(error as Error).message}`);
      await delay(RETRY_MS);
    }
  }
}
