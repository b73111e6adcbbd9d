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
import { parseLogRules } from './domain/access-logs/rule-file.ts';
import { parseFeeds } from './domain/feeds/feed-file.ts';
import { parseTargets } from './domain/target-file/target-file.ts';
import { createBlocklistApp } from './http/app.ts';

const config = loadConfig(Config, process);
const logger = createLogger({ service: 'ip-blocklist', level: config.LOG_LEVEL });
const registry = createRegistry('ip-blocklist');
const giveUp = (error: unknown): never => {
  logger.fatal(error instanceof Error ? error.message : String(error));
  process.exit(1);
};
const aws = awsSettingsOf(config);
const load = async <T>(name: 'TARGETS' | 'FEEDS' | 'LOG_RULES', parse: (yaml: string) => T[]): Promise<T[]> =>
  (await loadText({ name, from: config[name], inline: config[`${name}_YAML`] }, aws, parse).catch(giveUp)) ??
  [];
const targets = await load('TARGETS', (yaml) => parseTargets(yaml, config.AWS_REGION));
const feeds = await load('FEEDS', parseFeeds);
const logRules = await load('LOG_RULES', parseLogRules);

const database = createDatabase<Tables>(config, logger);
const { components, readiness, routes } = compose({
  config,
  targets,
  feeds,
  logRules,
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
