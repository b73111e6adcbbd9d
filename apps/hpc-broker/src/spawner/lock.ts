import { linkSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { bootId, identityOf, identityText, isAlive, readIdentity, type ProcessIdentity } from './identity.ts';

export interface Lock {
  release(): void;
}

/**
 * Who owns a directory, in files `{kind}.1`, `{kind}.2`, …: the one with the highest number counts. Node has
 * no flock, and a lock file that is removed when its owner is dead can be removed by two at once. Here
 * nobody removes the last one: whoever finds its owner dead links the next number, which one of them can.
 *
 * Undefined: somebody who is alive has it. A lock of another host counts as alive, as nobody can tell.
 */
export function takeLock(dir: string, kind: string): Lock | undefined {
  const boot = bootId();
  const last = lastOf(dir, kind);
  if (last !== undefined && isHeld(join(dir, `${kind}.${last}`), boot)) return undefined;
  const self = identityOf(process.pid, boot);
  if (self === undefined) throw new Error('this process does not find itself in the process table');
  const mine = (last ?? 0) + 1;
  const path = join(dir, `${kind}.${mine}`);
  if (!linkNew(path, `${identityText(self)} ${hostname()}\n`)) return undefined;
  // Somebody may have gone two numbers on while this one was counting.
  if (lastOf(dir, kind) !== mine) {
    rmSync(path, { force: true });
    return undefined;
  }
  for (const older of numbersOf(dir, kind))
    if (older < mine) rmSync(join(dir, `${kind}.${older}`), { force: true });
  return {
    release() {
      try {
        writeFileSync(path, 'free\n');
      } catch {
        // The directory is gone, or the disk is full: it is free as soon as this process has ended.
      }
    },
  };
}

/** Undefined: nobody of this boot has it. */
export function holderOf(dir: string, kind: string): ProcessIdentity | undefined {
  const last = lastOf(dir, kind);
  if (last === undefined) return undefined;
  const owner = readIdentity(read(join(dir, `${kind}.${last}`)) ?? '');
  return owner !== undefined && isAlive(owner, bootId()) ? owner : undefined;
}

function isHeld(path: string, boot: string): boolean {
  const text = read(path) ?? '';
  const owner = readIdentity(text);
  if (owner === undefined) return false;
  const host = text.trim().split(' ')[3];
  return (host !== undefined && host !== hostname()) || isAlive(owner, boot);
}

/** Whole from the first moment on, and only if it is new. */
function linkNew(path: string, text: string): boolean {
  const draft = `${path}-${randomUUID()}`;
  writeFileSync(draft, text);
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

const lastOf = (dir: string, kind: string): number | undefined => numbersOf(dir, kind).at(-1);

function numbersOf(dir: string, kind: string): number[] {
  return readdirSync(dir)
    .flatMap((file) => {
      const match = /^([a-z]+)\.(\d+)$/.exec(file);
      return match?.[1] === kind ? [Number(match[2])] : [];
    })
    .toSorted((a, b) => a - b);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
