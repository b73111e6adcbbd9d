import { createHash } from 'node:crypto';
import { subtract, toCidrLines } from '@groundwork/ip-ranges';
import { isFresh, requireScope } from '@groundwork/service';
import { Router } from 'express';
import { wantedOf, type Listing } from '../domain/listing.ts';
import { spareSet, type ProtectedRange } from '../domain/protected-ranges.ts';

export interface ExportRouteParts {
  listing: () => Promise<Listing>;
  protectedRanges: () => readonly ProtectedRange[];
}

/** `GET /v1/export`: all blocked addresses as the least number of CIDRs, one per line, for whatever reads such lists. */
export function exportRoutes({ listing, protectedRanges }: ExportRouteParts): Router {
  const router = Router();
  router.get('/v1/export', requireScope('blocklist:read'), async (req, res) => {
    const { block, allow } = wantedOf(await listing(), spareSet(protectedRanges()));
    const lines = toCidrLines(subtract(block, allow));
    // Of the contents: the same from every instance, and for a change that changes nothing.
    const version = createHash('sha256').update(lines).digest('base64url').slice(0, 22);
    res.set({
      etag: `"${version}"`,
      'cache-control': 'no-cache',
      'content-type': 'text/plain; charset=utf-8',
    });
    if (isFresh(req, version)) {
      res.status(304).end();
      return;
    }
    res.send(Buffer.from(lines));
  });
  return router;
}
