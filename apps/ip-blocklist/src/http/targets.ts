import { ApplyRequest, RollbackRequest } from '@groundwork/contracts';
import { ProblemError, requireScope, validate } from '@groundwork/service';
import { Router, type Request } from 'express';
import { z } from 'zod';
import { coverageAt } from '../domain/coverage.ts';
import {
  apply,
  NotObserved,
  NotPossible,
  planOf,
  planView,
  rollback,
  versionViews,
  viewOf,
  type TargetParts,
} from '../domain/targets.ts';
import { subjectOf } from './request.ts';
import type { BlocklistProblem } from './problems.ts';

export interface TargetRouteParts {
  targets: readonly TargetParts[];
}

export const VersionQuery = z.strictObject({
  before: z.coerce.number().int().min(1).optional().meta({ description: 'The last version seen' }),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});

/** `/v1/targets` and `/v1/coverage`: what is enforced where, what is going to change, and what cannot be. */
export function targetRoutes({ targets }: TargetRouteParts): Router {
  const router = Router();
  const read = requireScope('blocklist:read');
  const write = requireScope('blocklist:write');
  const named = (req: Request): TargetParts => {
    const found = targets.find(({ target }) => target.name === req.params['name']);
    if (found !== undefined) return found;
    const names = targets.map(({ target }) => target.name).join(', ') || 'none';
    throw new ProblemError<BlocklistProblem>(
      'target_not_found',
      `There is no target ${String(req.params['name'])}; there is ${names}.`,
    );
  };

  router.get('/v1/targets', read, async (_req, res) => {
    const items = await Promise.all(targets.map(viewOf));
    const abandoned = (await targets[0]?.records.names()) ?? [];
    res.json({ items, abandoned: abandoned.filter((name) => !items.some((item) => item.name === name)) });
  });
  router.get('/v1/targets/:name', read, async (req, res) => {
    res.json(await viewOf(named(req)));
  });
  router.get('/v1/targets/:name/plan', read, async (req, res) => {
    const parts = named(req);
    res.json(planView(parts.target, await planOf(parts).catch(asProblem)));
  });
  router.get('/v1/targets/:name/versions', read, async (req, res) => {
    const query = validate(VersionQuery, req.query, 'query');
    res.json({ items: await versionViews(named(req), query.before, query.limit) });
  });
  router.post('/v1/targets/:name/apply', write, async (req, res) => {
    const parts = named(req);
    const { hash } = validate(ApplyRequest, req.body, 'body');
    await apply(parts, hash, subjectOf(req)).catch(asProblem);
    res.status(202).json(await viewOf(parts));
  });
  router.post('/v1/targets/:name/rollback', write, async (req, res) => {
    const parts = named(req);
    const { version } = validate(RollbackRequest, req.body, 'body');
    await rollback(parts, version, subjectOf(req)).catch(asProblem);
    res.status(202).json(await viewOf(parts));
  });
  router.post('/v1/targets/:name/release', write, async (req, res) => {
    const parts = named(req);
    await parts.records.release(parts.target.name, subjectOf(req));
    res.status(202).json(await viewOf(parts));
  });
  router.get('/v1/coverage', read, async (_req, res) => {
    res.json({ items: await Promise.all(targets.map(coverageAt)) });
  });
  return router;
}

function asProblem(error: unknown): never {
  if (error instanceof NotObserved)
    throw new ProblemError<BlocklistProblem>('target_not_observed', error.message);
  if (error instanceof NotPossible) throw new ProblemError<BlocklistProblem>('not_possible', error.message);
  throw error;
}
