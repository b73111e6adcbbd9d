import { readFileSync } from 'node:fs';
import { createLifecycle, createLogger, loadConfig } from '@groundwork/service';
import type { CountryOf } from './client.ts';
import { Config } from './config.ts';
import { createEdge } from './create-edge.ts';
import { parseGeoFile } from './geo-file.ts';

const config = loadConfig(Config, process);
const logger = createLogger({ service: 'edge', level: config.LOG_LEVEL });
const countryOf = readCountries(config.EDGE_GEO_FILE);
const { components } = createEdge({
  host: config.HOST,
  port: config.PORT,
  topology: config.EDGE_TOPOLOGY,
  cacheBytes: config.EDGE_CACHE_BYTES,
  sandboxUrl: config.EDGE_SANDBOX_URL,
  webAclName: config.EDGE_WEB_ACL,
  distribution: config.EDGE_DISTRIBUTION,
  networkAcl: config.EDGE_NETWORK_ACL,
  region: config.AWS_REGION,
  countryOf,
  upstreams: {
    'ip-blocklist': config.UPSTREAM_IP_BLOCKLIST,
    thumbnailer: config.UPSTREAM_THUMBNAILER,
    'cache-api': config.UPSTREAM_CACHE_API,
    'hpc-broker': config.UPSTREAM_HPC_BROKER,
  },
  logger,
});
const lifecycle = createLifecycle({
  components,
  drainSeconds: config.DRAIN_SECONDS,
  logger,
});
await lifecycle.run(process);

/** A file that cannot be read, or a line of it, ends the process before it listens. */
function readCountries(file: string | undefined): CountryOf {
  if (file === undefined) return () => undefined;
  try {
    return parseGeoFile(file, readFileSync(file, 'utf8'));
  } catch (error) {
    logger.fatal(`EDGE_GEO_FILE: ${(error as Error).message}`);
    process.exit(1);
  }
}
