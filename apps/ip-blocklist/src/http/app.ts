import { createApp, type AppOptions } from '@groundwork/service';
import { Router } from 'express';
import { auditRoutes } from './audit.ts';
import { bulkRoutes } from './bulk.ts';
import { entryRoutes, type EntryRouteParts } from './entries.ts';
import { explainRoutes } from './explain.ts';
import { exportRoutes } from './export.ts';
import { openapi } from './openapi.ts';
import { problems } from './problems.ts';

export type BlocklistAppOptions = Omit<AppOptions, 'openapi' | 'problems' | 'routes'> & EntryRouteParts;

export function createBlocklistApp(options: BlocklistAppOptions) {
  const routes = Router();
  routes.use(bulkRoutes(options));
  routes.use(entryRoutes(options));
  routes.use(explainRoutes(options.entries));
  routes.use(auditRoutes(options.entries));
  routes.use(exportRoutes(options.entries));
  return createApp({ ...options, openapi, problems, routes });
}
