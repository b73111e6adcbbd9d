import { pipeline } from 'node:stream/promises';
import { ProblemError, requireScope } from '@groundwork/service';
import { Router, type Request, type Response } from 'express';
import { loadBulk, LONGEST_LINE } from '../domain/bulk.ts';
import { bulkAnswer } from './bulk-answer.ts';
import type { EntryRouteParts } from './entries.ts';
import { callerOf, subjectOf } from './request.ts';
import { linesOf } from '../domain/lines.ts';

const NDJSON = 'application/x-ndjson';

/** `POST /v1/entries/bulk`: one entry per line, any number of them. */
export function bulkRoutes(parts: EntryRouteParts): Router {
  const router = Router();
  router.post('/v1/entries/bulk', requireScope('blocklist:write'), async (req, res) => {
    if (req.is(NDJSON) === false) {
      throw new ProblemError('unsupported_media_type', `Send one JSON object per line as ${NDJSON}.`);
    }
    const spared = [...parts.protectedRanges(), ...callerOf(req)];
    // Not destroyed when the load fails: the problem still goes out by the same connection.
    const lines = linesOf(req.iterator({ destroyOnReturn: false }), LONGEST_LINE);
    const load = loadBulk({ ...parts, protectedRanges: spared }, lines, subjectOf(req));
    try {
      await answer(res, bulkAnswer(load));
    } catch (error) {
      if (!isGone(req)) throw error;
      req.log.info('the client went away during a bulk load');
    }
  });
  return router;
}

/** Failing before the answer has begun is answered with a problem, later by breaking it off. */
async function answer(res: Response, pieces: AsyncGenerator<string>): Promise<void> {
  const first = await pieces.next();
  res.type('json');
  await pipeline(async function* () {
    yield first.value;
    yield* pieces;
  }, res);
}

function isGone(req: Request): boolean {
  return req.destroyed && !req.complete;
}
