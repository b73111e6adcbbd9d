import {
  authSettings,
  createApp,
  createAuthenticate,
  createLogger,
  createRegistry,
  httpSettings,
  parseConfig,
  requireScope,
} from '@groundwork/service';
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import express, { Router, type Express } from 'express';
import { z } from 'zod';
import { read, type Reply } from '../support/reply.ts';

/**
 * What a team writes with Express and BentoCache: rows are cached, and answered with res.json. PORT, file of
 * replies, and `service`: with what the service does for a read as well (who may, a request id, metrics).
 */
const [port, file = '', how] = process.argv.slice(2);
const replies = read(file);
const cache = new BentoCache({
  default: 'l1',
  stores: { l1: bentostore().useL1Layer(memoryDriver({ maxSize: '64mb' })) },
});
const allowed = how === 'service' ? [requireScope('cache:read')] : [];
const routes = Router();
routes.get('/v1/resources/:name/:id', ...allowed, async (req, res) => {
  const { row, headers } = await cache.getOrSet({
    key: `${String(req.params['name'])}/${String(req.params['id'])}`,
    ttl: '5m',
    factory: () => {
      const { headers: named, body } = replies[req.path] as Reply;
      return { row: JSON.parse(body) as Record<string, unknown>, headers: Object.fromEntries(named) };
    },
  });
  res.set(headers).json(row);
});
(how === 'service' ? service() : alone()).listen(Number(port), '127.0.0.1');

function alone(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(routes);
  return app;
}

function service(): Express {
  const config = parseConfig(z.object({ ...httpSettings(0), ...authSettings('cache:read') }), {
    AUTH_MODE: 'none',
  });
  return createApp({
    logger: createLogger({ service: 'bench', level: 'error' }),
    registry: createRegistry('bench'),
    openapi: { info: { title: 'bench' } },
    readiness: {},
    authenticate: createAuthenticate(config),
    trustedProxyHops: 0,
    routes,
  });
}
