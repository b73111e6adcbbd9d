import { closeSync, openSync } from 'node:fs';
import { join, relative } from 'node:path';

/** sun_path has 108 bytes with its end on Linux (unix(7)), 104 on macOS. */
const MOST_BYTES = process.platform === 'linux' ? 107 : 103;

/** A path of a socket that is short enough to connect to, and what to do when that was done. */
export function socketPath(dir: string, file: string): { path: string; done: () => void } {
  const path = join(dir, file);
  const near = relative(process.cwd(), path);
  const shorter = near.length < path.length ? near : path;
  if (Buffer.byteLength(shorter) <= MOST_BYTES) return { path: shorter, done: () => {} };
  if (process.platform !== 'linux') {
    throw new Error(`the path ${path} is longer than ${MOST_BYTES} bytes: choose a shorter state directory`);
  }
  const handle = openSync(dir, 'r');
  return { path: `/proc/self/fd/${handle}/${file}`, done: () => closeSync(handle) };
}
