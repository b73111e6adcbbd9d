import { isFresh, requireScope, validate } from '@groundwork/service';
import { Router } from 'express';
import { z } from 'zod';
import { FORMATS, versionIn, type FormatName } from '../domain/export/formats.ts';
import type { List } from '../domain/export/list.ts';

export interface ExportRouteParts {
  list: () => Promise<List>;
}

export const ExportQuery = z.strictObject({
  format: z.enum(Object.keys(FORMATS) as [FormatName, ...FormatName[]]).default('plain'),
});

/** `GET /v1/export`: all blocked addresses as the least number of CIDRs, for whatever reads such lists. */
export function exportRoutes({ list }: ExportRouteParts): Router {
  const router = Router();
  router.get('/v1/export', requireScope('blocklist:read'), async (req, res) => {
    const { format } = validate(ExportQuery, req.query, 'query');
    const now = await list();
    const version = versionIn(format, now);
    const { type, render } = FORMATS[format];
    res.set({ etag: `"${version}"`, 'cache-control': 'no-cache', 'content-type': type });
    if (isFresh(req, version)) {
      res.status(304).end();
      return;
    }
    res.send(Buffer.from(render(now, version)));
  });
  return router;
}
