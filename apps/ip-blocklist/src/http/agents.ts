import { AgentName, AgentReport } from '@groundwork/contracts';
import { requireScope, validate } from '@groundwork/service';
import { Router } from 'express';
import { z } from 'zod';
import { viewOfAgent } from '../domain/agents.ts';
import { versionIn } from '../domain/export/formats.ts';
import type { List } from '../domain/export/list.ts';
import type { Agents } from '../ports/agents.ts';

export interface AgentRouteParts {
  agents: Agents;
  list: () => Promise<List>;
}

export const AgentParams = z.object({ name: AgentName });

/** `/v1/agents`: hosts that take the list, and how they keep up. */
export function agentRoutes({ agents, list }: AgentRouteParts): Router {
  const router = Router();
  router.get('/v1/agents', requireScope('blocklist:read'), async (_req, res) => {
    const [all, now] = await Promise.all([agents.all(), list()]);
    const current = versionIn('json', now);
    res.json({ items: all.map((agent) => viewOfAgent(agent, current)) });
  });
  router.post('/v1/agents/:name', requireScope('blocklist:agent'), async (req, res) => {
    const { name } = validate(AgentParams, req.params, 'path');
    await agents.heard(name, validate(AgentReport, req.body, 'body'));
    res.status(204).end();
  });
  return router;
}
