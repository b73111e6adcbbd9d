import {
  createDatabase,
  createLeader,
  IDEMPOTENCY_KEYS,
  LEASES,
  migrate,
  migrationsOf,
} from '@groundwork/database';
import {
  createAuthenticate,
  createHttpServer,
  createLifecycle,
  createLogger,
  createRegistry,
  loadConfig,
} from '@groundwork/service';
import { createPostgresEntries } from './adapters/postgres-entries.ts';
import type { Tables } from './adapters/tables.ts';
import { Config } from './config.ts';
import { parseProtectedRange } from './domain/protected-ranges.ts';
import { keepExpiring } from './expiry.ts';
import { createBlocklistApp } from './http/app.ts';

const config = loadConfig(Config, process);
const logger = createLogger({ service: 'ip-blocklist', level: config.LOG_LEVEL });
const registry = createRegistry('ip-blocklist');
const database = createDatabase<Tables>(config, logger);
const entries = createPostgresEntries(database.db);

const app = createBlocklistApp({
  logger,
  registry,
  authenticate: createAuthenticate(config),
  trustedProxyHops: config.TRUSTED_PROXY_HOPS,
  readiness: { database: () => database.check() },
  entries,
  protectedRanges: config.PROTECTED_RANGES.map(parseProtectedRange),
});

const lifecycle = createLifecycle({
  components: [
    database.component,
    {
      name: 'migrations',
      start: () =>
        migrate(
          database.pool,
          { folder: migrationsOf(import.meta.url), shared: [LEASES, IDEMPOTENCY_KEYS] },
          logger,
        ),
    },
    createLeader({
      db: database.db,
      name: 'expiry',
      logger,
      lead: (_lease, signal) => keepExpiring(entries, logger, signal),
    }),
    createHttpServer(app, { host: config.HOST, port: config.PORT, logger }),
  ],
  drainSeconds: config.DRAIN_SECONDS,
  logger,
});
await lifecycle.run(process);
