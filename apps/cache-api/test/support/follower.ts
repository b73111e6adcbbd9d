// An instance in a process of its own, to be killed. Tells in lines of JSON what it applies.
import { createDatabase } from '@groundwork/database';
import { createLogger } from '@groundwork/service';
import { createReplication } from '../../src/invalidation/replication.ts';

const [url = '', name = '', hangs = ''] = process.argv.slice(2);
const logger = createLogger({ service: 'follower', level: 'silent' });
const database = createDatabase<Record<string, Record<string, unknown>>>(
  { DATABASE_URL: url, DATABASE_POOL_SIZE: 5, DATABASE_TIMEOUT_MS: 5_000 },
  logger,
);
const tell = (what: object): void => void process.stdout.write(`${JSON.stringify(what)}\n`);
const stream = createReplication({
  databaseUrl: url,
  pool: database.pool,
  db: database.db,
  tables: ['public.orders'],
  name,
  logger,
  ttlSeconds: 1,
  async apply(batch) {
    tell({ applying: batch.length });
    if (hangs === 'hangs') await new Promise(() => undefined);
  },
  async applyAll(reason) {
    tell({ all: reason });
    if (hangs === 'hangs at all') await new Promise(() => undefined);
  },
});
await stream.start?.();
