import { statSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { readClaim, sealText, type Claim, type EndMark } from './claim.ts';
import { made, moved, read, removeEmpty, removeTree, removeUsual, writeNew } from './files.ts';

/**
 * One directory per attempt, `attempts/{name}/`. Making it is taking the attempt. In it:
 *
 * - `claim`: made by whoever comes first (O_EXCL), and that decides for ever: the wrapper, just before it
 *   runs the command, with its pid, start time, boot and the record above; or a spawner, which thereby seals
 *   the attempt, so that a wrapper which comes late finds it taken and ends without running anything. The
 *   wrapper appends the exit code and a newline; without the newline it does not count;
 * - `mark`: why it is being ended, written before the first signal;
 * - `stdout` and `stderr`.
 *
 * Its scratch directory is beside, in `work/{name}/`. Few files, as making one is what costs most here:
 * 150 to 300 µs on ext4, where a process takes 500.
 */
export function attemptFiles(stateDir: string) {
  const dirOf = (name: string): string => `${stateDir}/attempts/${name}`;
  const claimOf = (name: string): string => `${stateDir}/attempts/${name}/claim`;
  const markOf = (name: string): string => `${stateDir}/attempts/${name}/mark`;
  const workOf = (name: string): string => `${stateDir}/work/${name}`;
  let removed = 0;

  return {
    dirOf,
    workOf,

    /** Of all that have been taken and not removed. */
    names: (): Promise<string[]> => readdir(`${stateDir}/attempts`),

    /** False: it has been taken before. */
    take: (name: string): boolean => made(dirOf(name)),
    makeWork: (name: string): void => void made(workOf(name)),

    /** False: somebody has claimed it before. */
    seal(name: string, cancelled: boolean, reason: string): boolean {
      return writeNew(claimOf(name), sealText(cancelled, reason));
    },
    /** Of an attempt whose wrapper is gone and had not claimed it, or not to the end. */
    sealForGone(name: string, reason: string): void {
      writeFileSync(claimOf(name), sealText(false, reason));
    },
    claim(name: string): Claim | undefined {
      const text = read(claimOf(name));
      return text === undefined ? undefined : readClaim(text);
    },
    /** When it was made, and written last: the start and the end of the command, in ms since the epoch. */
    claimTimes(name: string): { startedAt: number; changedAt: number } {
      const { birthtimeMs, mtimeMs } = statSync(claimOf(name));
      // Some file systems do not keep the first one.
      return { startedAt: birthtimeMs > 0 ? Math.min(birthtimeMs, mtimeMs) : mtimeMs, changedAt: mtimeMs };
    },

    mark(name: string, mark: EndMark): void {
      writeNew(markOf(name), JSON.stringify(mark));
    },
    readMark(name: string): EndMark | undefined {
      const text = read(markOf(name));
      try {
        return text === undefined ? undefined : (JSON.parse(text) as EndMark);
      } catch {
        // A power cut has taken the rest of it.
        return undefined;
      }
    },

    /** For a wrapper that is gone and could not write it, or not to its end. */
    writeExit(name: string, code: number): void {
      const [first = ''] = (read(claimOf(name)) ?? '').split('\n');
      writeFileSync(claimOf(name), `${first}\n${code}\n`);
    },

    /** By renaming first: half of a directory would look like an attempt that was never started. */
    remove(name: string): void {
      removed += 1;
      const trash = `${stateDir}/trash/${process.pid}-${removed}`;
      if (moved(dirOf(name), trash)) removeUsual(trash);
      if (!removeEmpty(workOf(name)) && moved(workOf(name), `${trash}-work`)) removeTree(`${trash}-work`);
    },
  };
}

export type AttemptFiles = ReturnType<typeof attemptFiles>;
