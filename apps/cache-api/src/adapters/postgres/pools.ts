import { Pool, type PoolClient, type PoolConfig } from 'pg';
import { SourceUnavailable } from '../../ports/source.ts';

export interface PostgresSettings {
  url: string;
  /** Connections for loads and writes. */
  poolSize: number;
  /** How long a load or write may wait for a connection, in ms. */
  waitMs: number;
  /** How long one statement may take, in ms, if nobody cancels it before. */
  timeoutMs: number;
  applicationName: string;
}

export const DEFAULT_POSTGRES = {
  poolSize: 10,
  waitMs: 2_000,
  timeoutMs: 10_000,
  applicationName: 'cache-api',
} satisfies Omit<PostgresSettings, 'url'>;

/**
 * Connections to the database, each to one backend of its own: what is cancelled is the backend, so that
 * a pooler that shares backends among transactions must not be between.
 */
export interface Pools {
  work: Pool;
  /** Of its own, so that cancelling works when all others are busy. */
  cancel: Pool;
  close(): Promise<void>;
}

/** A connection of the pool. Whatever keeps us from one is the database's: rejects with SourceUnavailable. */
export async function connect({ work }: Pools): Promise<PoolClient> {
  try {
    return await work.connect();
  } catch (error) {
    throw new SourceUnavailable(`There is no connection to the database: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Cancelling is one short statement. */
const CANCEL_CONNECTIONS = 2;
const CANCEL_TIMEOUT_MS = 1_000;
/** How much later than the server we give up, in ms: its own word is the better one. */
const ANSWER_MS = 1_000;
/** The text of a row, and so its ETag, must not depend on what the role or database has set. */
const SAME_TEXT =
  '-c timezone=UTC -c datestyle=ISO -c intervalstyle=iso_8601 -c extra_float_digits=1 -c bytea_output=hex';

export function openPools(settings: Pick<PostgresSettings, 'url'> & Partial<PostgresSettings>): Pools {
  const { url, poolSize, waitMs, timeoutMs, applicationName } = { ...DEFAULT_POSTGRES, ...settings };
  const common: PoolConfig = { connectionString: url, application_name: applicationName, keepAlive: true };
  const work = open({
    ...common,
    max: poolSize,
    connectionTimeoutMillis: waitMs,
    statement_timeout: timeoutMs,
    query_timeout: timeoutMs + ANSWER_MS,
    // A transaction that forgot its end must not hold its locks for ever.
    idle_in_transaction_session_timeout: timeoutMs,
    options: SAME_TEXT,
  });
  const cancel = open({
    ...common,
    max: CANCEL_CONNECTIONS,
    connectionTimeoutMillis: CANCEL_TIMEOUT_MS,
    query_timeout: CANCEL_TIMEOUT_MS,
  });
  return {
    work,
    cancel,
    async close() {
      await Promise.all([work.end(), cancel.end()]);
    },
  };
}

function open(config: PoolConfig): Pool {
  const pool = new Pool(config);
  // Without listeners a lost connection would end the process; whoever uses one is told by its statement.
  pool.on('connect', (client) => client.on('error', () => undefined));
  pool.on('error', () => undefined);
  return pool;
}
