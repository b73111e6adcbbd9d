import { requireScope, validate } from '@groundwork/service';
import { Router } from 'express';
import { z } from 'zod';
import type { Entries } from '../ports/entries.ts';

export const AuditQuery = z.strictObject({
  entry: z.uuid().optional(),
  target: z.string().optional(),
  after: z.coerce.number().int().min(0).default(0).meta({ description: 'seq of the last record seen' }),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});

/** `GET /v1/audit`: every change, in order. */
export function auditRoutes(entries: Entries): Router {
  const router = Router();
  router.get('/v1/audit', requireScope('blocklist:read'), async (req, res) => {
    const { after, limit, ...about } = validate(AuditQuery, req.query, 'query');
    res.json({ items: await entries.audit(about, after, limit) });
  });
  return router;
}
