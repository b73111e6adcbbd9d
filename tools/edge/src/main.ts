import { createLifecycle, createLogger, loadConfig } from '@groundwork/service';
import { Config } from './config.ts';
import { createEdge } from './create-edge.ts';

const config = loadConfig(Config, process);
const logger = createLogger({ service: 'edge', level: config.LOG_LEVEL });
const { components } = createEdge({
  host: config.HOST,
  port: config.PORT,
  topology: config.EDGE_TOPOLOGY,
  cacheBytes: config.EDGE_CACHE_BYTES,
  sandboxUrl: config.EDGE_SANDBOX_URL,
  webAclName: config.EDGE_WEB_ACL,
  region: config.AWS_REGION,
  upstreams: { 'ip-blocklist': config.UPSTREAM_IP_BLOCKLIST, thumbnailer: config.UPSTREAM_THUMBNAILER },
  logger,
});
const lifecycle = createLifecycle({
  components,
  drainSeconds: config.DRAIN_SECONDS,
  logger,
});
await lifecycle.run(process);
