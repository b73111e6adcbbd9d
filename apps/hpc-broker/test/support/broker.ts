import { createDatabase } from '@groundwork/database';
import {
  allowLocalDevelopment,
  createHttpServer,
  createRegistry,
  parseConfig,
  type Authenticate,
  type Component,
} from '@groundwork/service';
import { readCatalogue } from '../../src/catalogue/read.ts';
import { folderOf } from '../../src/folder-of.ts';
import { compose, type ComposeOptions } from '../../src/compose.ts';
import { Config } from '../../src/config.ts';
import { parseProjects, projectRules } from '../../src/domain/sharing/project-file.ts';
import { createBrokerApp } from '../../src/http/app.ts';
import { logger } from './logger.ts';

export interface Broker {
  url: string;
  /** In any order of what has been started. */
  stop(): Promise<void>;
}

export interface BrokerOptions extends Partial<Pick<ComposeOptions, 'around'>> {
  databaseUrl: string;
  /** Of its local engine; undefined: it has none. */
  stateDir?: string | undefined;
  /** As in the environment. */
  settings?: Record<string, string>;
  authenticate?: Authenticate;
}

const MAIN = new URL('../../src/main.ts', import.meta.url).href;
const DRAIN_MS = 20_000;

/** One process of the service, in this one. */
export async function startBroker({ databaseUrl, stateDir, ...options }: BrokerOptions): Promise<Broker> {
  const config = parseConfig(Config, {
    DATABASE_URL: databaseUrl,
    DATABASE_POOL_SIZE: '6',
    AUTH_MODE: 'none',
    PORT: '0',
    LEASE_SECONDS: '2',
    LOCAL_SLOTS: '8',
    LOCAL_ORPHAN_SECONDS: '10',
    LOCAL_ENGINE: stateDir === undefined ? 'off' : 'on',
    ...(stateDir === undefined ? {} : { LOCAL_STATE_DIR: stateDir }),
    ...options.settings,
  });
  const registry = createRegistry('test');
  const { components, readiness, routes } = compose({
    config,
    catalogue: await readCatalogue(folderOf('catalogue', MAIN), config.PLAN_REGION),
    rulesOf: projectRules(
      config.PROJECTS_YAML === undefined ? { projects: [] } : parseProjects(config.PROJECTS_YAML),
    ),
    programs: (engine) => folderOf(engine, MAIN),
    hasLocalEngine: config.LOCAL_ENGINE === 'on',
    database: createDatabase<unknown>(config, logger),
    registry,
    logger,
    ...(options.around === undefined ? {} : { around: options.around }),
  });
  const app = createBrokerApp({
    ...routes,
    logger,
    registry,
    readiness,
    authenticate: options.authenticate ?? allowLocalDevelopment(),
    trustedProxyHops: 0,
  });
  const http = createHttpServer(app, { host: '127.0.0.1', port: 0, logger });
  const started: Component[] = [];
  for (const component of [...components, http]) {
    started.push(component);
    await component.start?.();
  }
  return {
    url: http.url,
    async stop() {
      for (const component of started.splice(0).toReversed())
        await component.stop?.(AbortSignal.timeout(DRAIN_MS));
    },
  };
}
