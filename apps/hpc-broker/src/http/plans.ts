import { JobSpec } from '@groundwork/contracts';
import { requireScope, validate } from '@groundwork/service';
import { Router } from 'express';
import { z } from 'zod';
import type { Planning } from '../planning.ts';
import { bodyOf, yamlText } from './body.ts';

export interface PlanRouteParts {
  planning: Planning;
}

export const PlanQuery = z.strictObject({
  asIf: z.enum(['batch']).optional().meta({
    description: 'Besides the engines that there are, as if there were AWS Batch with any instance',
  }),
});

/** `POST /v1/plans`: where a job would run, what that takes and costs, and why; nothing is submitted. */
export function planRoutes({ planning }: PlanRouteParts): Router {
  const router = Router();
  router.post('/v1/plans', requireScope('jobs:read'), yamlText, (req, res) => {
    const { asIf } = validate(PlanQuery, req.query, 'query');
    const spec = bodyOf(JobSpec, req);
    const answer = asIf === undefined ? planning.plan(spec) : planning.planAsIfBatch(spec);
    // That it cannot be run is what was asked.
    res.json(answer);
  });
  return router;
}
