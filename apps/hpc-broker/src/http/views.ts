import { requireScope } from '@groundwork/service';
import { Router } from 'express';
import type { Kysely } from 'kysely';
import { readPlannedAndActual } from '../adapters/postgres/calibration.ts';
import { readFacts } from '../adapters/postgres/explain-facts.ts';
import { readQueues } from '../adapters/postgres/queue-views.ts';
import { explain } from '../domain/explain/explain.ts';
import type { ProjectRules } from '../domain/sharing/project-file.ts';
import { jobIn, noSuchJob } from './jobs.ts';

export interface ViewRouteParts {
  db: Kysely<unknown>;
  rulesOf: (project: string) => ProjectRules;
}

/** Why a job is where it is, what was planned of it and what came, and whose turn it is. */
export function viewRoutes({ db, rulesOf }: ViewRouteParts): Router {
  const router = Router();
  router.get('/v1/jobs/:id/explain', requireScope('jobs:read'), async (req, res) => {
    const facts = await readFacts(db, await jobIn(db, req), rulesOf);
    res.json(facts === undefined ? noSuchJob(req) : explain(facts));
  });
  router.get('/v1/jobs/:id/planned', requireScope('jobs:read'), async (req, res) => {
    res.json((await readPlannedAndActual(db, await jobIn(db, req))) ?? noSuchJob(req));
  });
  router.get('/v1/queues', requireScope('jobs:read'), async (_req, res) => {
    res.json({ items: await readQueues(db, rulesOf) });
  });
  return router;
}
