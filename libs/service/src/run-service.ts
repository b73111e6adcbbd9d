import type { RequestListener } from 'node:http';
import type { z } from 'zod';
import { loadConfig } from './config/load-config.ts';
import { createHttpServer } from './http/listen.ts';
import { createRegistry, type Registry } from './http/metrics.ts';
import { createLifecycle, type Component } from './lifecycle.ts';
import { createLogger, type Logger } from './logger.ts';

/** What a main.ts builds its service of. */
export interface ServiceBase<C> {
  config: C;
  logger: Logger;
  registry: Registry;
}

export interface ServiceParts {
  /** In the order in which they start. */
  components: readonly Component[];
  /** Listens once all of them have started. */
  listener: RequestListener;
}

interface ServiceConfig {
  LOG_LEVEL: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';
  DRAIN_SECONDS: number;
  HOST: string;
  PORT: number;
}

/**
 * For main.ts: reads the settings, builds, starts, serves, and drains after a signal. What `build` throws or
 * rejects with is said in one line, and the process ends with 1.
 */
export async function runService<S extends z.ZodObject>(
  name: string,
  schema: S & z.ZodType<ServiceConfig>,
  process: NodeJS.Process,
  build: (base: ServiceBase<z.infer<S>>) => ServiceParts | Promise<ServiceParts>,
): Promise<void> {
  const config: ServiceConfig & z.infer<S> = loadConfig(schema, process);
  const logger = createLogger({ service: name, level: config.LOG_LEVEL });
  const registry = createRegistry(name);
  try {
    const { components, listener } = await build({ config, logger, registry });
    const http = createHttpServer(listener, { host: config.HOST, port: config.PORT, logger });
    await createLifecycle({
      components: [...components, http],
      drainSeconds: config.DRAIN_SECONDS,
      logger,
    }).run(process);
  } catch (error) {
    logger.fatal(error instanceof Error ? error.message : String(error));
    process.exit(1);
  }
}
