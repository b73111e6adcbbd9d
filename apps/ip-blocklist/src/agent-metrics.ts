import type { AgentView } from '@groundwork/contracts';
import { Gauge, type Registry } from 'prom-client';
import { viewOfAgent } from './domain/agents.ts';
import { versionIn } from './domain/export/formats.ts';
import type { List } from './domain/export/list.ts';
import type { Agents } from './ports/agents.ts';

/** Of hosts, read when they are asked for: any instance tells the same. */
export function measureAgents(registry: Registry, agents: Agents, list: () => Promise<List>): void {
  // Without the database there are no figures of hosts, but all the others.
  const views = async (): Promise<AgentView[]> => {
    const all = await agents.all();
    if (all.length === 0) return [];
    const current = versionIn('json', await list());
    return all.map((agent) => viewOfAgent(agent, current));
  };
  const measure = (name: string, help: string, value: (view: AgentView) => number): void => {
    const gauge = new Gauge({
      name,
      help,
      labelNames: ['agent'],
      registers: [],
      async collect() {
        this.reset();
        for (const view of await views().catch(() => [])) this.set({ agent: view.name }, value(view));
      },
    });
    registry.registerMetric(gauge);
  };
  measure(
    'ip_blocklist_agent_in_sync',
    '1: it was heard of lately, and enforces the list of now',
    ({ status }) => Number(status === 'in-sync'),
  );
  measure(
    'ip_blocklist_agent_dropped_packets',
    'Packets dropped on the host since its table was made',
    ({ counters }) => counters.packets,
  );
}
