import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import {
  createHttpServer,
  createLifecycle,
  createLogger,
  createRegistry,
  loadConfig,
} from '@groundwork/service';
import { createNft } from '../adapters/nftables/nft.ts';
import { Nftables } from '../adapters/nftables/nftables.ts';
import { createAdmitted } from './admitted.ts';
import { createAgent } from './agent.ts';
import { Config } from './config.ts';
import { createBlocklistService } from './service.ts';
import { createStateFile } from './state-file.ts';
import { statusOf } from './status-server.ts';

const AGENT_VERSION = '0.1.0';

const config = loadConfig(Config, process);
const logger = createLogger({ service: 'ip-blocklist-agent', level: config.LOG_LEVEL });
const nftables = new Nftables(createNft(config.NFT_BINARY), config.NFT_TABLE);

function giveUp(error: unknown): never {
  logger.fatal(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

if (process.argv.includes('--remove')) {
  await nftables.remove().catch(giveUp);
  logger.info(`the table inet ${config.NFT_TABLE} is gone, and nothing is blocked by it`);
  process.exit(0);
}

function readKey(): string | undefined {
  const { AGENT_API_KEY: key, AGENT_API_KEY_FILE: file } = config;
  try {
    return file === undefined ? key : readFileSync(file, 'utf8').trim();
  } catch (error) {
    return giveUp(error);
  }
}

const url = config.BLOCKLIST_URL;
const agent = createAgent({
  service: createBlocklistService({ url, name: config.AGENT_NAME ?? hostname(), apiKey: readKey() }),
  stateFile: createStateFile(config.STATE_FILE),
  nftables,
  admitted: createAdmitted({
    always: config.ALWAYS_ADMIT,
    sshPorts: config.SSH_PORTS,
    sshConnection: config.SSH_CONNECTION,
    serviceUrl: url,
  }),
  pollMs: config.POLL_SECONDS * 1_000,
  agentVersion: AGENT_VERSION,
  logger,
});
const status = statusOf(agent, createRegistry('ip-blocklist-agent'));
const lifecycle = createLifecycle({
  components: [
    agent,
    ...(config.AGENT_PORT === undefined
      ? []
      : [createHttpServer(status, { host: '127.0.0.1', port: config.AGENT_PORT, logger })]),
  ],
  drainSeconds: config.DRAIN_SECONDS,
  logger,
});
await lifecycle.run(process);
