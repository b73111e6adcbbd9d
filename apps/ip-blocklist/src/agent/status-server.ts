import type { RequestListener } from 'node:http';
import { Gauge, type Registry } from 'prom-client';
import type { Agent } from './agent.ts';

/** `/healthz` and `/metrics`, for loopback only: nobody is asked who he is. */
export function statusOf(agent: Pick<Agent, 'status'>, registry: Registry): RequestListener {
  const measure = (name: string, help: string, read: () => number): void => {
    const gauge = new Gauge({
      name,
      help,
      registers: [],
      collect() {
        this.set(read());
      },
    });
    registry.registerMetric(gauge);
  };
  measure(
    'ip_blocklist_agent_networks',
    'Networks in the sets of the firewall',
    () => agent.status().networks,
  );
  measure(
    'ip_blocklist_agent_dropped_packets',
    'Since the table was made',
    () => agent.status().counters.packets,
  );
  measure('ip_blocklist_agent_problems', 'What hinders it', () => agent.status().conditions.length);
  return (req, res) => {
    if (req.url === '/healthz') {
      res.setHeader('content-type', 'application/json');
      res.end(JSON.stringify({ status: 'ok', ...agent.status() }));
    } else if (req.url === '/metrics') {
      res.setHeader('content-type', registry.contentType);
      void registry.metrics().then((text) => res.end(text));
    } else {
      res.statusCode = 404;
      res.end();
    }
  };
}
