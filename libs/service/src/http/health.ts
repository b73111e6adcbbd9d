import { Router } from 'express';

/** Rejects when the dependency cannot be used. A text that it resolves to is shown: something is less good, and requests can still be answered. */
export type ReadinessCheck = () => Promise<unknown>;

const CHECK_TIMEOUT_MS = 2_000;

/** `/healthz`: this process is alive. `/readyz`: what it depends on answers. */
export function healthRoutes(checks: Readonly<Record<string, ReadinessCheck>>): Router {
  const router = Router();
  router.get('/healthz', (_req, res) => {
    res.set('cache-control', 'no-store').json({ status: 'ok' });
  });
  router.get('/readyz', async (_req, res) => {
    const results = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => [name, await runCheck(check)] as const),
    );
    const ready = results.every(([, { isReady }]) => isReady);
    const said = Object.fromEntries(results.map(([name, { says }]) => [name, says]));
    res
      .status(ready ? 200 : 503)
      .set('cache-control', 'no-store')
      .json({ status: ready ? 'ready' : 'not ready', checks: said });
  });
  return router;
}

async function runCheck(check: ReadinessCheck): Promise<{ isReady: boolean; says: string }> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS);
  });
  try {
    const note = await Promise.race([check(), timeout]);
    return { isReady: true, says: typeof note === 'string' ? note : 'ok' };
  } catch (error) {
    return { isReady: false, says: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
