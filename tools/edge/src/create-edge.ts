import { createHttpServer, type Component, type HttpServer, type Logger } from '@groundwork/service';
import { EdgeCache } from './cache.ts';
import { createEdgeListener } from './edge.ts';
import { Forwarder } from './forward.ts';
import type { Topology } from './gates.ts';
import type { Service } from './routes.ts';
import { Upstreams } from './upstreams.ts';

export interface EdgeOptions {
  host: string;
  port: number;
  topology: Topology;
  cacheBytes: number;
  upstreams: Readonly<Record<Service, readonly string[]>>;
  /** How long a service may stay silent, in ms; as long as CloudFront waits by default. */
  originTimeoutMs?: number;
  logger: Logger;
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
  const listener = createEdgeListener({
    topology: options.topology,
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
  return { http, components: [{ name: 'connections to services', stop: () => forwarder.close() }, http] };
}
