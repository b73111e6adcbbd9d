import { JobSpec } from '@groundwork/contracts';
import { requireScope } from '@groundwork/service';
import { Router } from 'express';
import type { Planning } from '../planning.ts';
import { bodyOf, yamlText } from './body.ts';

export interface PlanRouteParts {
  planning: Planning;
}

/** `POST /v1/plans`: where a job would run, what that takes and costs, and why; nothing is submitted. */
export function planRoutes({ planning }: PlanRouteParts): Router {
  const router = Router();
  router.post('/v1/plans', requireScope('jobs:read'), yamlText, (req, res) => {
    const answer = planning.plan(bodyOf(JobSpec, req));
    // That it cannot be run is what was asked.
    res.set('cache-control', 'no-store').json(answer);
  });
  return router;
}
