import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, statSync } from 'node:fs';
import { getCompileCacheDir } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { holderOf } from '../../spawner/lock.ts';
import { LOCK } from '../../spawner/protocol.ts';
import { DEFAULT_PATH } from './environment.ts';

/** When the spawner is killed, what it watched would have nobody to end it: a shell starts it again. */
const KEEP_UP = 'tries=0; until "$@" || [ $tries -ge 60 ]; do tries=$((tries + 1)); sleep 1; done';
/** What it has mapped is copied with each fork: 2 MiB for what is new in the heap instead of 16 (v8 --help). */
const SMALL = ['--max-semi-space-size=2'];
/** Its log is begun anew beyond that, in bytes. */
const LOG_BYTES = 2 ** 20;

/** As it is in the sources, and as it is beside the bundle. */
export const SPAWNER = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../spawner/main.ts' : './spawner.js', import.meta.url),
);

/** Starts one that does not end with this process. When there is one already, the new one leaves again. */
export async function startSpawner(program: string, stateDir: string): Promise<void> {
  const path = join(stateDir, 'spawner.log');
  const isLong = (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > LOG_BYTES;
  const compiled = getCompileCacheDir();
  const log = openSync(path, isLong ? 'w' : 'a');
  try {
    const child = spawn(
      '/bin/sh',
      ['-c', KEEP_UP, 'spawner', process.execPath, ...SMALL, program, stateDir],
      {
        cwd: stateDir,
        // Where this process keeps what it has compiled, as NODE_COMPILE_CACHE says, the spawner starts from that.
        env: {
          PATH: DEFAULT_PATH,
          ...(compiled === undefined ? {} : { NODE_COMPILE_CACHE: dirname(compiled) }),
        },
        stdio: ['ignore', log, log],
        detached: true,
      },
    );
    child.unref();
    await once(child, 'spawn');
  } finally {
    closeSync(log);
  }
}

/** For one that does not answer. What it has started goes on, and the next one finds it. */
export function killSpawner(stateDir: string): boolean {
  const holder = holderOf(stateDir, LOCK);
  if (holder === undefined) return false;
  process.kill(holder.pid, 'SIGKILL');
  return true;
}
