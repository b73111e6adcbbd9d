import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { takeLock } from '../../spawner/lock.ts';

export interface StateDirectory {
  /** Absolute. */
  path: string;
  /** Of whoever has this directory, now and after a restart; attempts are recorded with it. */
  engineId: string;
  release(): void;
}

/** More brokers on one machine than that are a mistake. */
const MOST = 64;

/**
 * The first of `base/1`, `base/2`, … that nobody has who is alive. A broker that comes back finds the
 * directory of the one before, and what that one has left running. `base` is on a disk of this machine.
 */
export function claimStateDir(base: string): StateDirectory {
  for (let at = 1; at <= MOST; at += 1) {
    const path = join(resolve(base), String(at));
    // Who can connect to the spawner can run anything.
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const lock = takeLock(path, 'lock');
    if (lock !== undefined) return { path, engineId: engineIdIn(path), release: () => lock.release() };
  }
  throw new Error(
    `all of ${base}/1 to ${base}/${MOST} belong to brokers that run: give this one another directory`,
  );
}

function engineIdIn(path: string): string {
  const file = join(path, 'engine-id');
  try {
    return readFileSync(file, 'latin1').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  // Half an id would be another one.
  writeFileSync(`${file}.new`, `${randomUUID()}\n`);
  renameSync(`${file}.new`, file);
  return engineIdIn(path);
}
