import { createDatabase } from '@groundwork/database';
import { startTestPostgres } from '@groundwork/database/testing';
import { createLogger } from '@groundwork/service';
import { cpuOfFamily, parentOf } from './cpu.ts';

export interface Query {
  <Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

export interface StoreDatabase {
  url: string;
  /** As the superuser, on one connection of its own. */
  query: Query;
}

export interface Store {
  createDatabase(): Promise<StoreDatabase>;
  /** Of the server and all its processes so far, in ms. */
  cpuMs(): number;
  stop(): Promise<void>;
}

/** Filling a history takes a while. */
const TIMEOUT_MS = 300_000;

/** A PostgreSQL that does what it does anywhere else before it says that something is written down. */
export async function startStore(): Promise<Store> {
  const postgres = await startTestPostgres(undefined, { onDisk: true, settings: { fsync: 'on' } });
  const logger = createLogger({ service: 'bench', level: 'fatal' });
  const opened: (() => Promise<void>)[] = [];
  const connect = (url: string): Query => {
    const { pool, db } = createDatabase<unknown>(
      { DATABASE_URL: url, DATABASE_POOL_SIZE: 2, DATABASE_TIMEOUT_MS: TIMEOUT_MS },
      logger,
    );
    opened.push(() => db.destroy());
    return async <Row>(text: string, values: readonly unknown[] = []) =>
      (await pool.query(text, [...values])).rows as Row[];
  };
  const [backend] = await connect(postgres.adminUrl)<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const server = parentOf(backend!.pid);
  return {
    async createDatabase() {
      const url = await postgres.createDatabase();
      const admin = new URL(postgres.adminUrl);
      admin.pathname = new URL(url).pathname;
      return { url, query: connect(admin.href) };
    },
    cpuMs: () => cpuOfFamily(server),
    async stop() {
      for (const end of opened) await end();
      await postgres.stop();
    },
  };
}
