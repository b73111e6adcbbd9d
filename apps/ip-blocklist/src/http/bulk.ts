import { createInterface } from 'node:readline';
import { ProblemError, requireScope } from '@groundwork/service';
import { Router } from 'express';
import { loadBulk } from '../domain/bulk.ts';
import { callerOf, subjectOf, type EntryRouteParts } from './entries.ts';

const NDJSON = 'application/x-ndjson';

/** `POST /v1/entries/bulk`: one entry per line, any number of them. */
export function bulkRoutes(parts: EntryRouteParts): Router {
  const router = Router();
  router.post('/v1/entries/bulk', requireScope('blocklist:write'), async (req, res) => {
    if (req.is(NDJSON) === false) {
      throw new ProblemError('unsupported_media_type', `Send one JSON object per line as ${NDJSON}.`);
    }
    const lines = createInterface({ input: req, crlfDelay: Infinity });
    const spared = [...parts.protectedRanges(), ...callerOf(req)];
    res.json(await loadBulk({ ...parts, protectedRanges: spared }, lines, subjectOf(req)));
  });
  return router;
}
