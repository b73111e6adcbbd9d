import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TransferError, type Transfer } from '../../ports/staging.ts';
import { notWritten } from './file-errors.ts';

export interface Content {
  body: Readable;
  /** Of the whole of it; undefined: nobody knows. */
  bytes: number;
  /** What it is passed through, such as a checksum that rejects what is wrong. */
  through?: readonly Transform[];
  mode?: number | undefined;
  /** Whether it has to be there after a power cut. */
  isDurable?: boolean;
}

/**
 * Writes a file with the directories above it. It gets its name when it is whole; until then it has one of
 * its own beside it, the same whenever the same attempt tries again, so that nothing is left of an earlier try.
 */
export async function writeWhole(
  target: string,
  { body, bytes, through = [], mode = 0o644, isDurable = false }: Content,
  { attempt, signal }: Transfer,
): Promise<void> {
  const { partial } = partialOf(target, attempt);
  try {
    await mkdir(dirname(target), { recursive: true }).catch(notWritten(dirname(target)));
    const written = await open(partial, 'w', mode).catch(notWritten(target));
    const file = written.createWriteStream({ flush: isDurable });
    await pipeline([body, ...through, file], { signal });
    if (file.bytesWritten !== bytes) {
      throw new TransferError(
        'unavailable',
        `${target} would have ${file.bytesWritten} bytes instead of ${bytes}`,
      );
    }
    await rename(partial, target).catch(notWritten(target));
  } catch (error) {
    body.destroy();
    await rm(partial, { force: true }).catch(() => undefined);
    if (isOfWriting(error)) notWritten(target)(error);
    throw error;
  }
}

/** What a file is called until it is whole, and the journal of its ranges, where it comes in such. */
export function partialOf(target: string, attempt: string): { partial: string; ranges: string } {
  const tag = createHash('sha256').update(`${attempt}\0${target}`).digest('hex').slice(0, 16);
  const own = join(dirname(target), `.groundwork-${tag}`);
  return { partial: `${own}.part`, ranges: `${own}.ranges` };
}

/** What it was read from has no such calls. */
function isOfWriting(error: unknown): error is NodeJS.ErrnoException {
  const { syscall } = error as NodeJS.ErrnoException;
  return syscall === 'write' || syscall === 'writev' || syscall === 'fsync' || syscall === 'close';
}
