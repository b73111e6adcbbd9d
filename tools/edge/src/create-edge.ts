import { createHttpServer, type Component, type HttpServer } from '@groundwork/service';
import { EdgeCache } from './cache.ts';
import { createEdgeListener } from './edge.ts';
import { createEnforced, type EnforcedOptions } from './enforced.ts';
import { Forwarder } from './forward.ts';
import { createGates } from './gates.ts';
import { filterConnections } from './packet-filter.ts';
import type { Service } from './routes.ts';
import { Upstreams } from './upstreams.ts';

export interface EdgeOptions extends EnforcedOptions {
  host: string;
  port: number;
  cacheBytes: number;
  /** Of the services that there are. */
  upstreams: Readonly<Partial<Record<Service, readonly string[]>>>;
  /** How long a service may stay silent, in ms; as long as CloudFront waits by default. */
  originTimeoutMs?: number;
}

export interface Edge {
  http: HttpServer;
  components: readonly Component[];
}

/** So that the quotas of CloudFront and ALB are what refuses a request, not Node's own default of 16 KiB. */
const MAX_HEADER_BYTES = 96 * 1024;

export function createEdge(options: EdgeOptions): Edge {
  const forwarder = new Forwarder(options.originTimeoutMs);
  const upstreams = new Map(
    Object.entries(options.upstreams).map(([service, urls]) => [service as Service, new Upstreams(urls)]),
  );
  const enforced = createEnforced(options);
  const listener = createEdgeListener({
    gates: createGates(options.topology, enforced),
    upstreams,
    forwarder,
    cache: new EdgeCache(options.cacheBytes),
    logger: options.logger,
  });
  const http = createHttpServer(listener, {
    host: options.host,
    port: options.port,
    maxHeaderBytes: MAX_HEADER_BYTES,
    logger: options.logger,
  });
  filterConnections(http.server, enforced.network, options.logger);
  const connections = { name: 'connections to services', stop: () => forwarder.close() };
  return { http, components: [...enforced.components, connections, http] };
}
