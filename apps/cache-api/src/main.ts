import { createDatabase } from '@groundwork/database';
import {
  awsSettingsOf,
  createAuthenticate,
  createHttpServer,
  createLifecycle,
  createLogger,
  createRegistry,
  loadConfig,
  loadText,
} from '@groundwork/service';
import { compose } from './compose.ts';
import { Config } from './config.ts';
import { parseCacheFile } from './domain/resources/cache-file.ts';
import { prepare, SCHEMA } from './prepare.ts';

const config = loadConfig(Config, process);
const logger = createLogger({ service: 'cache-api', level: config.LOG_LEVEL });
const registry = createRegistry('cache-api');
const giveUp = (error: unknown): never => {
  logger.fatal(error instanceof Error ? error.message : String(error));
  process.exit(1);
};

const { RESOURCES: from, RESOURCES_YAML: inline } = config;
const declared = { name: 'RESOURCES', from, inline };
const file = (await loadText(declared, awsSettingsOf(config), parseCacheFile).catch(giveUp)) ?? {
  resources: [],
  namespaces: [],
};
const options = { replication: config.INVALIDATION === 'replication', schema: SCHEMA };
const database = createDatabase<unknown>(config, logger, options);
const prepared = await prepare({
  databaseUrl: config.DATABASE_URL,
  timeoutMs: config.DATABASE_TIMEOUT_MS,
  poolSize: config.DATABASE_POOL_SIZE,
  database,
  file,
  seedFile: config.SEED_FILE,
  logger,
}).catch(giveUp);
const authenticate = createAuthenticate(config);
const { components, listener } = compose({
  config,
  file,
  prepared,
  database,
  authenticate,
  registry,
  logger,
});

const lifecycle = createLifecycle({
  components: [...components, createHttpServer(listener, { host: config.HOST, port: config.PORT, logger })],
  drainSeconds: config.DRAIN_SECONDS,
  logger,
});
await lifecycle.run(process);
