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
import { catalogueFolder, readCatalogue } from './catalogue/read.ts';
import { compose } from './compose.ts';
import { Config } from './config.ts';
import { parseProjects, projectRules } from './domain/sharing/project-file.ts';
import { createBrokerApp } from './http/app.ts';

const config = loadConfig(Config, process);
const logger = createLogger({ service: 'hpc-broker', level: config.LOG_LEVEL });
const registry = createRegistry('hpc-broker');
const giveUp = (error: unknown): never => {
  logger.fatal(error instanceof Error ? error.message : String(error));
  process.exit(1);
};
const projects = await loadText(
  { name: 'PROJECTS', from: config.PROJECTS, inline: config.PROJECTS_YAML },
  awsSettingsOf(config),
  parseProjects,
).catch(giveUp);
const catalogue = await readCatalogue(catalogueFolder(import.meta.url), config.PLAN_REGION).catch(giveUp);
const isOnEcs = process.env['ECS_CONTAINER_METADATA_URI_V4'] !== undefined;

const { components, readiness, routes } = compose({
  config,
  catalogue,
  rulesOf: projectRules(projects ?? { projects: [] }),
  hasLocalEngine: config.LOCAL_ENGINE === 'on' || (config.LOCAL_ENGINE === 'auto' && !isOnEcs),
  database: createDatabase<unknown>(config, logger),
  registry,
  logger,
});
const app = createBrokerApp({
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
