import { userInfo } from 'node:os';
import { createCliClient } from '../../src/adapters/slurm/cli-client.ts';
import { createRestClient } from '../../src/adapters/slurm/rest-client.ts';
import type { SlurmClient } from '../../src/adapters/slurm/slurm-client.ts';
import { CONF, REST_URL, slurm } from './slurm-cluster.ts';

const user = userInfo().username;
const path = process.env['PATH'] ?? '';

export const cliClient = (): SlurmClient => createCliClient({ path, conf: CONF, user });

export function restClient(): SlurmClient {
  return createRestClient({
    url: REST_URL,
    user,
    token: () => Promise.resolve(slurmToken()),
    withinMs: 30_000,
    path,
  });
}

let known: string | undefined;

export function slurmToken(): string {
  known ??= /SLURM_JWT=(\S+)/.exec(slurm('scontrol', 'token', 'lifespan=3600'))?.[1];
  if (known === undefined) throw new Error('Slurm gives no token');
  return known;
}
