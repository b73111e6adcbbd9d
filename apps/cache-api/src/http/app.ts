import { createApp, requireScope, type AppOptions } from '@groundwork/service';
import { Router } from 'express';
import type { Told } from '../bus/broadcast.ts';
import type { Invalidator } from '../domain/invalidator.ts';
import type { Store } from '../ports/store.ts';
import { adviceRoutes, type AdviceSource } from './advice.ts';
import type { Catalogue } from './catalogue.ts';
import { invalidateRoutes } from './invalidate.ts';
import { fillByClientIn, leaseRoutes } from './leases.ts';
import { openapiOf } from './openapi.ts';
import { problems } from './problems.ts';
import { resourceRoutes } from './resources.ts';
import { valueRoutes } from './values.ts';

export interface CacheAppOptions extends Omit<AppOptions, 'openapi' | 'problems' | 'routes' | 'rawRoutes'> {
  catalogue: Catalogue;
  store: Store;
  invalidator: Invalidator<Told>;
  advice: AdviceSource;
  status: () => Promise<unknown>;
}

/** All but the reads of entries, which are in reads.ts. */
export function createCacheApp(options: CacheAppOptions) {
  const { catalogue, store, invalidator, status } = options;
  const routes = Router({ caseSensitive: true });
  routes.use(leaseRoutes(catalogue, store));
  routes.use(resourceRoutes(catalogue));
  routes.use(invalidateRoutes(catalogue, invalidator));
  routes.use(adviceRoutes(options.advice));
  routes.get('/v1/status', requireScope('cache:read'), async (_req, res) => {
    res.set('cache-control', 'no-store').json(await status());
  });
  const rawRoutes = valueRoutes(catalogue, fillByClientIn(store));
  return createApp({ ...options, openapi: openapiOf(catalogue), problems, routes, rawRoutes });
}
