import { spawnSync } from 'node:child_process';

/** The Redis or Valkey that is installed here; undefined: none is. */
export function redisOnPath(): string | undefined {
  return ['valkey-server', 'redis-server'].find(
    (program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0,
  );
}
