import { readdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Linux keeps it in memory. */
const MEMORY = '/dev/shm';
/** What all tests that run at once fill, twice over. In a container it has often 64 MB only. */
const ROOM_BYTES = 4e9;

/**
 * Where the data of a test's server goes: into memory where there is room, as a new database is 300
 * files, which cost ten times as much CPU on a disk.
 */
export function parentOfData(onDisk: boolean): string {
  if (onDisk || !hasRoom()) return tmpdir();
  sweep();
  return MEMORY;
}

function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize >= ROOM_BYTES;
  } catch {
    return false;
  }
}

/** A disk bears what killed tests leave; memory is given back. */
function sweep(): void {
  for (const name of readdirSync(MEMORY)) {
    const owner = /^groundwork-postgres-(\d+)-/.exec(name)?.[1];
    if (owner !== undefined && !isAlive(Number(owner))) remove(join(MEMORY, name));
  }
}

function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // Its server has not noticed yet; whoever comes next tries again.
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Another user's process is one too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
