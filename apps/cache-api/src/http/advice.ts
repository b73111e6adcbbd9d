import type { CacheAdvice } from '@groundwork/contracts';
import { ProblemError, requireScope, validate } from '@groundwork/service';
import { Router } from 'express';
import { z } from 'zod';
import { adviceTable } from '../domain/advice/table.ts';
import type { CacheProblem } from './problems.ts';

export interface AdviceSource {
  /** Undefined: there is no such collection. */
  report(collection?: string): Promise<CacheAdvice | undefined>;
}

const Query = z.strictObject({ collection: z.string().min(1).optional() });

/** What its own traffic says about the settings: JSON, or a table for a terminal with `Accept: text/plain`. */
export function adviceRoutes(source: AdviceSource): Router {
  const router = Router({ caseSensitive: true });
  router.get('/v1/advice', requireScope('cache:read'), async (req, res) => {
    const { collection } = validate(Query, req.query, 'query');
    const advice = await source.report(collection);
    if (advice === undefined) {
      throw new ProblemError<CacheProblem>('namespace_not_found', `There is no ${collection}.`);
    }
    res.set('cache-control', 'no-store').vary('accept');
    if (req.accepts(['json', 'text/plain']) === 'text/plain')
      res.type('text/plain').send(adviceTable(advice));
    else res.json(advice);
  });
  return router;
}
