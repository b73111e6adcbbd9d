import { createHttpServer, type Component, type HttpServer, type Logger } from '@groundwork/service';
import { EdgeCache } from './cache.ts';
import { createEdgeListener } from './edge.ts';
import { Forwarder } from './forward.ts';
import { createGates, webAclScopeOf, type Topology } from './gates.ts';
import type { Service } from './routes.ts';
import { Upstreams } from './upstreams.ts';
import { createWebAcl } from './web-acl.ts';

export interface EdgeOptions {
  host: string;
  port: number;
  topology: Topology;
  cacheBytes: number;
  /** Of the sandbox, which holds the web ACL that is enforced; without it there is none. */
  sandboxUrl?: string | undefined;
  webAclName: string;
  region: string;
  /** Of the services that there are. */
  upstreams: Readonly<Partial<Record<Service, readonly string[]>>>;
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
  const scope = webAclScopeOf(options.topology);
  const region = scope === 'CLOUDFRONT' ? 'us-east-1' : options.region;
  const webAcl =
    scope === undefined || options.sandboxUrl === undefined
      ? undefined
      : createWebAcl({
          url: `${options.sandboxUrl}/_sandbox/web-acls/${scope}/${region}/${options.webAclName}`,
          countryOf: () => undefined,
          logger: options.logger,
        });
  const listener = createEdgeListener({
    gates: createGates(options.topology, (address) => webAcl?.judge(address)),
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
  const connections = { name: 'connections to services', stop: () => forwarder.close() };
  return { http, components: [...(webAcl === undefined ? [] : [webAcl]), connections, http] };
}
