import { portSetting, processSettings, setting } from '@groundwork/service';
import { z } from 'zod';

const port = (what: string, value: number) =>
  setting(portSetting().default(value), { description: `Port of ${what}`, example: String(value) });

/** Ports that `npm start` uses. Documents and scripts rely on the defaults. */
export const Config = z.object({
  LOG_LEVEL: processSettings.LOG_LEVEL,
  EDGE_PORT: port('the local edge', 8080),
  THUMBNAILER_PORT: port('the thumbnailer', 3002),
  SANDBOX_PORT: port('the AWS sandbox', 4566),
  POSTGRES_PORT: port('the embedded Postgres', 54320),
});
export type Config = z.infer<typeof Config>;

/** Everything the development stack writes. */
export const STATE_DIR = '.groundwork';
export const HOST = '127.0.0.1';
