import { integerSetting, processSettings, setting } from '@groundwork/service';
import { z } from 'zod';

const port = (what: string, value: number) =>
  setting(integerSetting({ min: 1, max: 65535 }).default(value), {
    description: `Port of ${what}`,
    example: String(value),
  });

/** Ports that `npm start` uses. Documents and scripts rely on the defaults. */
export const Config = z.object({
  LOG_LEVEL: processSettings.LOG_LEVEL,
  EDGE_PORT: port('the local edge', 8080),
  IP_BLOCKLIST_PORT: port('ip-blocklist', 3001),
  THUMBNAILER_PORT: port('the thumbnailer', 3002),
  CACHE_API_PORT: port('cache-api', 3003),
  HPC_BROKER_PORT: port('the hpc-broker', 3004),
  SANDBOX_PORT: port('the AWS sandbox', 4566),
  POSTGRES_PORT: port('the embedded Postgres', 54320),
  REDIS_PORT: port('the Redis for cache-api, where one is installed', 63790),
  GROUNDWORK_STATE_DIR: setting(z.string().default('.groundwork'), {
    description: 'Folder of everything the development stack keeps, from the root of the repository',
    example: '.groundwork',
  }),
});
export type Config = z.infer<typeof Config>;

export const HOST = '127.0.0.1';
