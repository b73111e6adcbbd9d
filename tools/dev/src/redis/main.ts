import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { loadConfig } from '@groundwork/service';
import { z } from 'zod';
import { Config, HOST } from '../config.ts';
import { redisOnPath } from './server.ts';

/** Keeps nothing: a cache that is gone is a cache that is empty. */
const NOTHING_KEPT = ['--save', '', '--appendonly', 'no', '--loglevel', 'warning'];

const { REDIS_PORT } = loadConfig(z.object({ REDIS_PORT: Config.shape.REDIS_PORT }), process);
const program = redisOnPath();
if (program === undefined) {
  process.stderr.write('There is no redis-server and no valkey-server on the PATH.\n');
  process.exit(1);
}
const server = spawn(program, ['--bind', HOST, '--port', String(REDIS_PORT), ...NOTHING_KEPT], {
  cwd: tmpdir(),
  stdio: 'inherit',
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => server.kill('SIGTERM'));
const [code] = (await once(server, 'exit')) as [number | null];
process.exit(code ?? 1);
