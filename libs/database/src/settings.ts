import { integerSetting, setting } from '@groundwork/service';
import { z } from 'zod';

/** Settings of a service with a database, which is called so in examples. Spread them into its schema. */
export function databaseSettings(name: string) {
  return {
    DATABASE_URL: setting(z.url({ protocol: /^postgres(ql)?$/ }), {
      description: 'PostgreSQL database of this service, 15 or later, with a role of its own',
      example: `postgres://${name}:secret@127.0.0.1:54320/${name}`,
      secret: true,
    }),
    DATABASE_ADMIN_URL: setting(z.url({ protocol: /^postgres(ql)?$/ }).optional(), {
      description: 'For development: a superuser, with whom the database and role above are created at start',
      example: 'postgres://postgres:postgres@127.0.0.1:54320/postgres',
      secret: true,
    }),
    DATABASE_POOL_SIZE: setting(integerSetting({ min: 2, max: 200 }).default(10), {
      description: 'Connections this process opens at most',
      example: '10',
    }),
    DATABASE_TIMEOUT_MS: setting(integerSetting({ min: 100, max: 600_000 }).default(10_000), {
      description: 'How long a statement may take before Postgres cancels it, in ms',
      example: '10000',
    }),
  };
}

export interface DatabaseConfig {
  DATABASE_URL: string;
  DATABASE_ADMIN_URL?: string | undefined;
  DATABASE_POOL_SIZE: number;
  DATABASE_TIMEOUT_MS: number;
}
