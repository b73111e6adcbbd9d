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
import type { Tables } from './adapters/tables.ts';
import { compose } from './compose.ts';
import { Config } from './config.ts';
import { parseTargets } from './domain/target-file/target-file.ts';
import { createBlocklistApp } from './http/app.ts';

const config = loadConfig(Config, process);
const logger = createLogger({ service: 'ip-blocklist', level: config.LOG_LEVEL });
const registry = createRegistry('ip-blocklist');
const setting = { name: 'TARGETS', from: config.TARGETS, inline: config.TARGETS_YAML };
const targets = await loadText(setting, awsSettingsOf(config), (yaml) =>
  parseTargets(yaml, config.AWS_REGION),
).catch((error: unknown) => {
  logger.fatal(error instanceof Error ? error.message : String(error));
  process.exit(1);
});

const database = createDatabase<Tables>(config, logger);
const { components, readiness, routes } = compose({
  config,
  targets: targets ?? [],
  database,
  registry,
  logger,
});
const app = createBlocklistApp({
  ...routes,
  logger,
  registry,
  readiness,
  authenticate: createAuthenticate(config),
  trustedProxyHops: config.TRUSTED_PROXY_HOPS,
});

const lifecycle = createLifecycle({
  components: [...components, createHttpServer(app, { host: config.HOST, port: config.PORT, logger })],
  drainSeconds: config.DRAIN_SECONDS,
  logger,
});
await lifecycle.run(process);
