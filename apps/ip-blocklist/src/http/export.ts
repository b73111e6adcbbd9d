import { toCidrLines } from '@groundwork/ip-ranges';
import { isFresh, requireScope } from '@groundwork/service';
import { Router } from 'express';
import { createCompiler } from '../domain/compile.ts';
import type { Entries } from '../ports/entries.ts';

/** `GET /v1/export`: all blocked addresses as the least number of CIDRs, one per line, for whatever reads such lists. */
export function exportRoutes(entries: Entries): Router {
  const router = Router();
  const compiled = createCompiler(entries);
  router.get('/v1/export', requireScope('blocklist:read'), async (req, res) => {
    const { version, set } = await compiled();
    res.set({
      etag: `"${version}"`,
      'cache-control': 'no-cache',
      'content-type': 'text/plain; charset=utf-8',
    });
    if (isFresh(req, version)) {
      res.status(304).end();
      return;
    }
    res.send(Buffer.from(toCidrLines(set)));
  });
  return router;
}
