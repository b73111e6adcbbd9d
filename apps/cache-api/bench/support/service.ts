import { freePort } from '@groundwork/service/testing';
import { fileURLToPath } from 'node:url';
import { startChild, type Running } from './child.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** The real service, as it is started everywhere. */
export async function startService(
  databaseUrl: string,
  env: Readonly<Record<string, string>>,
): Promise<Running> {
  const port = await freePort();
  const settings = {
    DATABASE_URL: databaseUrl,
    PORT: String(port),
    LOG_LEVEL: 'error',
    AUTH_MODE: 'none',
    INVALIDATION: 'off',
    // Comparing with the database is not part of a hit.
    CHECKED_SHARE: '0',
    ...env,
  };
  return startChild([process.execPath, '--disable-warning=ExperimentalWarning', MAIN], port, settings);
}
