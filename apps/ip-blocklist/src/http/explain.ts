import { Country } from '@groundwork/contracts';
import { requireScope, validate } from '@groundwork/service';
import { Router } from 'express';
import { z } from 'zod';
import { explain, explainAt } from '../domain/explain.ts';
import type { ProtectedRange } from '../domain/protected-ranges.ts';
import type { TargetParts } from '../domain/targets.ts';
import type { Entries } from '../ports/entries.ts';
import { addressIn } from './entries.ts';

export interface ExplainRouteParts {
  entries: Entries;
  protectedRanges: () => readonly ProtectedRange[];
  targets: readonly TargetParts[];
}

export const ExplainQuery = z.object({
  country: Country.optional().meta({
    description: 'Where the address is, if you know: as CloudFront or WAF has logged it',
  }),
});

/** More entries than this about one address are not shown. */
const MAX_ENTRIES = 1_000;

/** `GET /v1/explain/{ip}`: why an address is blocked, or is not, and where. */
export function explainRoutes({ entries, protectedRanges, targets }: ExplainRouteParts): Router {
  const router = Router();
  router.get('/v1/explain/:ip', requireScope('blocklist:read'), async (req, res) => {
    const ip = addressIn(String(req.params['ip']));
    const { country } = validate(ExplainQuery, req.query, 'query');
    const { items } = await entries.list({ covers: ip, country, state: 'active' }, undefined, MAX_ENTRIES);
    const story = explain(ip, country, items, protectedRanges());
    const where = await Promise.all(targets.map((parts) => explainAt(parts, story)));
    res.set('cache-control', 'no-store').json({ ...story, targets: where });
  });
  return router;
}
