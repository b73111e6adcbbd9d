import { createApp, type AppOptions } from '@groundwork/service';
import { Router } from 'express';
import { agentRoutes, type AgentRouteParts } from './agents.ts';
import { auditRoutes } from './audit.ts';
import { bulkRoutes } from './bulk.ts';
import { entryRoutes, type EntryRouteParts } from './entries.ts';
import { explainRoutes, type ExplainRouteParts } from './explain.ts';
import { exportRoutes, type ExportRouteParts } from './export.ts';
import { feedRoutes, type FeedRouteParts } from './feeds.ts';
import { openapi } from './openapi.ts';
import { problems } from './problems.ts';
import { targetRoutes, type TargetRouteParts } from './targets.ts';

export type BlocklistAppOptions = Omit<AppOptions, 'openapi' | 'problems' | 'routes'> &
  AgentRouteParts &
  EntryRouteParts &
  ExplainRouteParts &
  ExportRouteParts &
  FeedRouteParts &
  TargetRouteParts;

export function createBlocklistApp(options: BlocklistAppOptions) {
  const routes = Router();
  routes.use(bulkRoutes(options));
  routes.use(entryRoutes(options));
  routes.use(explainRoutes(options));
  routes.use(auditRoutes(options.entries));
  routes.use(exportRoutes(options));
  routes.use(agentRoutes(options));
  routes.use(feedRoutes(options));
  routes.use(targetRoutes(options));
  return createApp({ ...options, openapi, problems, routes });
}
