import { mkdir, open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import type { Transfer } from '../../ports/staging.ts';
import { eachAtOnce } from '../../staging/each-at-once.ts';
import { checksumOf, expectedOf } from './checksums.ts';
import { FetchJournal, type Kept } from './fetch-journal.ts';
import { notWritten } from './file-errors.ts';
import type { Limit } from './limit.ts';
import { piecesOf, pieceBytesOf } from './pieces.ts';
import { ObjectChanged, type RangeOf } from './range-calls.ts';
import { partialOf } from './whole-file.ts';

export interface RangesSettings {
  /** Of one range, unless there would be too many. */
  partBytes: number;
  /** Of parts and ranges of all files. */
  limit: Limit;
}

/** What is fetched: one content, by which all ranges are asked for. */
export interface Pinned {
  place: string;
  head: HeadObjectCommandOutput;
  size: number;
  etag: string;
  range: RangeOf;
}

/** Another one, for the same attempt, has begun anew: it is gone on with what that has. */
export class PartialTaken extends Error {
  override readonly name = 'PartialTaken';
}

/** Of one file. */
const RANGES_AT_ONCE = 4;

/**
 * Fetches an object in ranges, several at once, into a partial file beside its target, which gets its name
 * when it is whole and checked. A journal beside that says which ranges are on disk, so that what was
 * interrupted goes on where it was.
 *
 * Two that do so for the same attempt write the same bytes to the same file: a partial file is never cut
 * off, and what is begun anew is another one.
 */
export async function fetchInRanges(
  pinned: Pinned,
  target: string,
  { attempt, signal, afterwards }: Transfer,
  { partBytes, limit }: RangesSettings,
): Promise<void> {
  const names = partialOf(target, attempt);
  const forget = (): Promise<void> => FetchJournal.remove(names.ranges);
  if (await isWhole(pinned, target, names.ranges)) return afterwards?.(forget);
  await mkdir(dirname(target), { recursive: true }).catch(notWritten(dirname(target)));
  const { file, journal, kept } = await openPartial(pinned, names, partBytes).catch((error: unknown) => {
    if (error instanceof PartialTaken) throw error;
    return notWritten(target)(error as NodeJS.ErrnoException);
  });
  try {
    const ranges = [...piecesOf(pinned.size, kept.rangeBytes)];
    const missing = ranges.filter(({ number }) => !kept.done.has(number));
    await eachAtOnce(missing, RANGES_AT_ONCE, (piece) =>
      limit(async () => {
        signal.throwIfAborted();
        await pinned.range(piece, file);
        // First what it tells of, then the journal: a machine may lose power between them.
        await file.datasync().catch(notWritten(target));
        await journal.add(piece.number).catch(notWritten(target));
      }),
    );
    await check(pinned, file, signal);
    await file.sync().catch(notWritten(target));
    await name(file, names.partial, target);
  } finally {
    await journal.close();
    await file.close();
  }
  if (afterwards === undefined) await forget();
  else afterwards(forget);
}

/** Whether it has its name already: by its journal, which is kept until all inputs of the attempt have come. */
async function isWhole({ head, size, etag }: Pinned, target: string, ranges: string): Promise<boolean> {
  const there = await stat(target, { bigint: true }).catch(unlessMissing);
  if (there === undefined || Number(there.size) !== size) return false;
  const wanted = { etag, version: head.VersionId, size, inode: String(there.ino) };
  const kept = await FetchJournal.read(ranges, wanted);
  return (
    kept !== undefined && [...piecesOf(size, kept.rangeBytes)].every(({ number }) => kept.done.has(number))
  );
}

interface Partial {
  file: FileHandle;
  journal: FetchJournal;
  kept: Kept;
}

async function openPartial(
  { head, size, etag }: Pinned,
  { partial, ranges }: { partial: string; ranges: string },
  partBytes: number,
): Promise<Partial> {
  const version = head.VersionId;
  const before = await open(partial, 'r+').catch(unlessMissing);
  if (before !== undefined) {
    const kept = await FetchJournal.read(ranges, { etag, version, size, inode: await inodeOf(before) });
    if (kept !== undefined) return { file: before, journal: await FetchJournal.open(ranges), kept };
    await before.close();
  }
  await removePartial({ partial, ranges });
  const file = await open(partial, 'wx+', 0o644).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EEXIST' ? new PartialTaken(`${partial} was made by another one`) : error;
  });
  try {
    await file.truncate(size);
    const rangeBytes = pieceBytesOf(size, partBytes);
    const begin = { etag, version, size, rangeBytes, inode: await inodeOf(file) };
    return { file, journal: await FetchJournal.open(ranges, begin), kept: { rangeBytes, done: new Set() } };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Throws ObjectChanged where it is not what S3 has: nobody knows which of the ranges is wrong. */
async function check({ place, head, size }: Pinned, file: FileHandle, signal: AbortSignal): Promise<void> {
  const expected = expectedOf(head);
  if (expected === undefined) return;
  const is = await checksumOf(file, expected.algorithm, { start: 0, bytes: size }, signal);
  if (is === expected.value) return;
  throw new ObjectChanged(
    `${place} came with a checksum mismatch: its ${expected.algorithm} is ${is} instead of ${expected.value}`,
  );
}

/** What was checked, and nothing that has taken its place since. */
async function name(file: FileHandle, partial: string, target: string): Promise<void> {
  const own = await inodeOf(file);
  const there = await stat(partial, { bigint: true }).catch(unlessMissing);
  if (String(there?.ino) === own) {
    const error = await rename(partial, target).then(
      () => undefined,
      (failure: NodeJS.ErrnoException) => failure,
    );
    if (error === undefined) return;
    if (error.code !== 'ENOENT') notWritten(target)(error);
  }
  const named = await stat(target, { bigint: true }).catch(unlessMissing);
  // Another one, for the same attempt, was as far.
  if (String(named?.ino) === own) return;
  throw new PartialTaken(`${target} was taken away while it was written`);
}

export async function removePartial({ partial, ranges }: { partial: string; ranges: string }): Promise<void> {
  await rm(ranges, { force: true });
  await rm(partial, { force: true });
}

const inodeOf = async (file: FileHandle): Promise<string> => String((await file.stat({ bigint: true })).ino);

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
}
