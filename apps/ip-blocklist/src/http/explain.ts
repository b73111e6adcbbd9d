import { Country, type HostExplanation } from '@groundwork/contracts';
import { requireScope, validate } from '@groundwork/service';
import { Router } from 'express';
import { z } from 'zod';
import { viewOfAgent } from '../domain/agents.ts';
import { explainHosts } from '../domain/explain-hosts.ts';
import { explain, explainAt } from '../domain/explain.ts';
import { versionIn } from '../domain/export/formats.ts';
import type { List } from '../domain/export/list.ts';
import type { ProtectedRange } from '../domain/protected-ranges.ts';
import type { TargetParts } from '../domain/targets.ts';
import type { Agents } from '../ports/agents.ts';
import type { Entries } from '../ports/entries.ts';
import { addressIn } from './request.ts';

export interface ExplainRouteParts {
  entries: Entries;
  protectedRanges: () => readonly ProtectedRange[];
  targets: readonly TargetParts[];
  agents: Agents;
  list: () => Promise<List>;
}

export const ExplainQuery = z.strictObject({
  country: Country.optional().meta({
    description: 'Where the address is, if you know: as CloudFront or WAF has logged it',
  }),
});

/** More entries than this about one address are not shown. */
const MAX_ENTRIES = 1_000;

/** `GET /v1/explain/{ip}`: why an address is blocked, or is not, and where. */
export function explainRoutes({ entries, protectedRanges, targets, ...hosts }: ExplainRouteParts): Router {
  const onHosts = async (ip: string): Promise<HostExplanation[]> => {
    const agents = await hosts.agents.all();
    if (agents.length === 0) return [];
    const list = await hosts.list();
    const current = versionIn('json', list);
    return explainHosts(
      ip,
      list,
      agents.map((agent) => viewOfAgent(agent, current)),
    );
  };
  const router = Router();
  router.get('/v1/explain/:ip', requireScope('blocklist:read'), async (req, res) => {
    const ip = addressIn(String(req.params['ip']));
    const { country } = validate(ExplainQuery, req.query, 'query');
    const { items } = await entries.list({ covers: ip, country, state: 'active' }, undefined, MAX_ENTRIES);
    const story = explain(ip, country, items, protectedRanges());
    const where = await Promise.all(targets.map((parts) => explainAt(parts, story)));
    res.set('cache-control', 'no-store').json({ ...story, targets: where, hosts: await onHosts(ip) });
  });
  return router;
}
