import { requireScope } from '@groundwork/service';
import { Router } from 'express';
import { explain } from '../domain/explain.ts';
import type { Entries } from '../ports/entries.ts';
import { addressIn } from './entries.ts';

/** More entries than this about one address are not shown. */
const MAX_ENTRIES = 1_000;

/** `GET /v1/explain/{ip}`: why an address is blocked, or is not. */
export function explainRoutes(entries: Entries): Router {
  const router = Router();
  router.get('/v1/explain/:ip', requireScope('blocklist:read'), async (req, res) => {
    const ip = addressIn(String(req.params['ip']));
    const { items } = await entries.list({ covers: ip, state: 'active' }, undefined, MAX_ENTRIES);
    res.set('cache-control', 'no-store').json(explain(ip, items));
  });
  return router;
}
