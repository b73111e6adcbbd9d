import { createApp, type AppOptions } from '@groundwork/service';
import { Router, type RequestHandler } from 'express';
import { engineRoutes, type EngineRouteParts } from './engines.ts';
import { exportRoutes, type ExportRouteParts } from './exports.ts';
import { jobRoutes, type JobRouteParts } from './jobs.ts';
import { logRoutes, type LogRouteParts } from './logs.ts';
import { openapi } from './openapi.ts';
import { planRoutes, type PlanRouteParts } from './plans.ts';
import { problems } from './problems.ts';
import { steeringRoutes, type SteeringRouteParts } from './steering.ts';
import { submissionRoutes, type SubmissionRouteParts } from './submissions.ts';
import { viewRoutes, type ViewRouteParts } from './views.ts';

export type BrokerAppOptions = Omit<AppOptions, 'openapi' | 'problems' | 'routes'> &
  EngineRouteParts &
  ExportRouteParts &
  JobRouteParts &
  LogRouteParts &
  PlanRouteParts &
  SteeringRouteParts &
  SubmissionRouteParts &
  ViewRouteParts;

export function createBrokerApp(options: BrokerAppOptions) {
  const routes = Router();
  routes.use('/v1', noStore);
  routes.use(planRoutes(options));
  routes.use(submissionRoutes(options));
  routes.use(viewRoutes(options));
  routes.use(engineRoutes(options));
  routes.use(exportRoutes(options));
  routes.use(logRoutes(options));
  routes.use(steeringRoutes(options));
  routes.use(jobRoutes(options));
  return createApp({ ...options, openapi, problems, routes });
}

/** What is told of jobs holds for a moment. */
const noStore: RequestHandler = (_req, res, next) => {
  res.set('cache-control', 'no-store');
  next();
};
