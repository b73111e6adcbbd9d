import { createApp, type AppOptions } from '@groundwork/service';
import { Router } from 'express';
import { jobRoutes, type JobRouteParts } from './jobs.ts';
import { logRoutes, type LogRouteParts } from './logs.ts';
import { openapi } from './openapi.ts';
import { planRoutes, type PlanRouteParts } from './plans.ts';
import { problems } from './problems.ts';
import { steeringRoutes, type SteeringRouteParts } from './steering.ts';
import { submissionRoutes, type SubmissionRouteParts } from './submissions.ts';
import { viewRoutes, type ViewRouteParts } from './views.ts';

export type BrokerAppOptions = Omit<AppOptions, 'openapi' | 'problems' | 'routes'> &
  JobRouteParts &
  LogRouteParts &
  PlanRouteParts &
  SteeringRouteParts &
  SubmissionRouteParts &
  ViewRouteParts;

export function createBrokerApp(options: BrokerAppOptions) {
  const routes = Router();
  routes.use(planRoutes(options));
  routes.use(submissionRoutes(options));
  routes.use(viewRoutes(options));
  routes.use(logRoutes(options));
  routes.use(steeringRoutes(options));
  routes.use(jobRoutes(options));
  return createApp({ ...options, openapi, problems, routes });
}
