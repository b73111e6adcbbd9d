import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Component } from '@groundwork/service';
import { DEFAULT_PATH } from './adapters/local/environment.ts';
import { createCliClient } from './adapters/slurm/cli-client.ts';
import { createRestClient } from './adapters/slurm/rest-client.ts';
import type { SlurmClient } from './adapters/slurm/slurm-client.ts';
import { createSlurmEngine } from './adapters/slurm/slurm-engine.ts';
import { composeEngine, type EngineParts } from './compose-engine.ts';
import type { SlurmSettings } from './slurm-settings.ts';

/** What Slurm does not know any more may be told by its directory later: see adapters/slurm/endings.ts. */
const VANISHED_MS = 120_000;
const WITHIN_MS = 30_000;

/** A Slurm cluster, which one of the brokers keeps busy. What runs there goes on without any of them. */
export function composeSlurm(config: SlurmSettings, parts: EngineParts, programs: URL): Component[] {
  if (config.SLURM_DIR === undefined) return [];
  const name = config.SLURM_NAME;
  const engine = createSlurmEngine({
    name,
    client: parts.around('slurm', clientOf(config)),
    directory: join(config.SLURM_DIR, name),
    wrapper: readFileSync(new URL('attempt.sh', programs), 'utf8'),
    launcher: config.SLURM_MPI,
    mostCores: config.SLURM_CORES,
    pollMs: config.SLURM_POLL_SECONDS * 1_000,
    logger: parts.logger,
  });
  return composeEngine(parts, {
    engine,
    pool: name,
    host: config.SLURM_URL ?? 'the tools of Slurm',
    offer: () => ({
      purchase: ['owned'],
      usdPerCoreHour: config.SLURM_USD_PER_CORE_HOUR,
      network: config.SLURM_NETWORK,
    }),
    orphanSeconds: 0,
    vanishedMs: VANISHED_MS,
    began: () => engine.start(),
    ended: () => engine.stop(),
  });
}

function clientOf(config: SlurmSettings): SlurmClient {
  const { SLURM_URL: url, SLURM_TOKEN: token, SLURM_TOKEN_FILE: file, SLURM_CONF: conf } = config;
  const common = {
    user: config.SLURM_USER ?? userInfo().username,
    partition: config.SLURM_PARTITION,
    account: config.SLURM_ACCOUNT,
    qos: config.SLURM_QOS,
    path: DEFAULT_PATH,
    withinMs: WITHIN_MS,
  };
  if (url === undefined) return createCliClient({ ...common, conf });
  return createRestClient({
    ...common,
    url,
    token: async () => token ?? (await readFile(file ?? '', 'utf8')).trim(),
  });
}
