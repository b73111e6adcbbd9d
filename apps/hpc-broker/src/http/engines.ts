import { Drain, type EngineView } from '@groundwork/contracts';
import { ProblemError, requireScope, validate } from '@groundwork/service';
import { Router } from 'express';
import type { Kysely } from 'kysely';
import { drain, undrain } from '../adapters/postgres/drains.ts';
import { readEngines } from '../adapters/postgres/engine-views.ts';
import { subjectOf } from './body.ts';
import type { BrokerProblem } from './problems.ts';

export interface EngineRouteParts {
  db: Kysely<unknown>;
  /** Told once something is to be looked at. */
  tell: () => void;
}

/** What runs jobs, and what somebody wants to have empty: `POST /v1/engines/{name}/drain|undrain`. */
export function engineRoutes({ db, tell }: EngineRouteParts): Router {
  const router = Router();
  router.get('/v1/engines', requireScope('jobs:read'), async (_req, res) => {
    res.json({ items: await readEngines(db) });
  });
  router.post('/v1/engines/:name/drain', requireScope('jobs:write'), async (req, res) => {
    const { reason } = validate(Drain, req.body ?? {}, 'body');
    const name = String(req.params['name']);
    res.json(there(name, await drain(db, name, { by: subjectOf(req), reason })));
    tell();
  });
  router.post('/v1/engines/:name/undrain', requireScope('jobs:write'), async (req, res) => {
    const name = String(req.params['name']);
    res.json(there(name, await undrain(db, name)));
    tell();
  });
  return router;
}

function there(name: string, found: EngineView | undefined): EngineView {
  if (found !== undefined) return found;
  throw new ProblemError<BrokerProblem>(
    'no_such_engine',
    `No engine is called ${name}: see GET /v1/engines.`,
  );
}
