import { createDatabase } from '@groundwork/database';
import { awsSettingsOf, createAuthenticate, loadText, runService } from '@groundwork/service';
import { compose } from './compose.ts';
import { Config } from './config.ts';
import { parseCacheFile } from './domain/resources/cache-file.ts';
import { prepare, SCHEMA } from './prepare.ts';

await runService('cache-api', Config, process, async ({ config, logger, registry }) => {
  const { RESOURCES: from, RESOURCES_YAML: inline } = config;
  const declared = { name: 'RESOURCES', from, inline };
  const file = (await loadText(declared, awsSettingsOf(config), parseCacheFile)) ?? {
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
  });
  const authenticate = createAuthenticate(config);
  return compose({ config, file, prepared, database, authenticate, registry, logger });
});
