import { open, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { TransferError, type Transfer } from '../../ports/staging.ts';
import { eachAtOnce } from '../../staging/each-at-once.ts';
import { checksumOf, crc32Of } from './checksums.ts';
import { bytesOf } from './file-bytes.ts';
import { notRead } from './file-errors.ts';
import type { Limit } from './limit.ts';
import { abortUpload, beginUpload, findUpload } from './open-uploads.ts';
import { pieceBytesOf, piecesOf, type Piece } from './pieces.ts';
import { placeOf, type Location } from './s3-location.ts';
import { UploadGone, type StoredPart, type UploadCalls } from './upload-calls.ts';
import { identityOf, isSame, UploadJournal, type Identity, type Upload } from './upload-journal.ts';

export interface PartsSettings {
  /** Of one part, unless the file would have too many. */
  partBytes: number;
  /** Of parts and ranges of all files. */
  limit: Limit;
}

/** Of one file. */
const PARTS_AT_ONCE = 4;
/** How often an upload is begun, or looked at again, before it is given up. */
const ROUNDS = 5;
/** For aborting what nobody would find again. */
const PARTING_MS = 10_000;

/**
 * Stores a file as a multipart upload. After an interruption the next one goes on with it: parts that S3
 * has, with the CRC-32 that they have here, are not sent again.
 *
 *     begun (written down: open-uploads.ts) → parts, several at once → completed → forgotten
 *       ▲                                       │
 *       └── the file was written to, or the upload is gone: if what is at the place now is not this file
 */
export async function uploadInParts(
  calls: UploadCalls,
  file: string,
  to: Location,
  { journals, signal }: Transfer,
  settings: PartsSettings,
): Promise<void> {
  const handle = await open(file, 'r').catch(notRead(file));
  try {
    const kept = journals === undefined ? undefined : new UploadJournal(journals);
    const journal = (await kept?.make()) === true ? kept : undefined;
    for (let round = 1; ; round += 1) {
      try {
        await uploadOnce({ calls, handle, to, journal, signal, settings });
        return;
      } catch (error) {
        if (!(error instanceof UploadGone)) throw error;
        if (round === ROUNDS) throw new TransferError('unavailable', error.message, error);
      }
    }
  } finally {
    await handle.close();
  }
}

interface Work {
  calls: UploadCalls;
  handle: FileHandle;
  to: Location;
  /** Undefined: what is interrupted cannot be gone on with. */
  journal: UploadJournal | undefined;
  signal: AbortSignal;
  settings: PartsSettings;
}

async function uploadOnce(work: Work): Promise<void> {
  const { calls, handle, to, journal, settings } = work;
  const file = await identityOf(handle);
  const found = await goOn(work, file);
  if (found === 'completed') return;
  const partBytes = pieceBytesOf(file.size, settings.partBytes);
  const upload = found?.upload ?? (await beginUpload(calls, journal, { to, file, partBytes }));
  try {
    const parts = await storeParts(work, upload, found?.parts ?? new Map());
    await checkSame(work, file);
    await complete(work, upload, parts);
  } catch (error) {
    if (journal === undefined) await abortUnkept(calls, upload);
    if (error instanceof TransferError) await checkSame(work, file);
    throw error;
  }
  await journal?.remove(upload);
}

/** What is of an earlier content is found, and aborted, in the next round. */
async function checkSame({ handle, to }: Work, file: Identity): Promise<void> {
  if (isSame(file, await identityOf(handle))) return;
  throw new UploadGone(`${placeOf(to)} is to be of a file that was written to meanwhile`);
}

interface Found {
  upload: Upload;
  parts: Map<number, StoredPart>;
}

/** What was begun before. Completed it is when the answer to that got lost. */
async function goOn(work: Work, file: Identity): Promise<Found | 'completed' | undefined> {
  const { calls, journal, to } = work;
  const upload = journal && (await findUpload(calls, journal, to, file));
  if (upload === undefined) return undefined;
  try {
    return { upload, parts: await calls.parts(upload) };
  } catch (error) {
    if (!(error instanceof UploadGone)) throw error;
    const isThere = await isStored(work, file);
    // It may be open still, and only not be listed.
    await abortUpload(calls, journal, upload);
    return isThere ? 'completed' : undefined;
  }
}

/** A part with its CRC-32, in order. */
interface Stored extends StoredPart, Piece {
  crc32: string;
}

async function storeParts(work: Work, upload: Upload, known: Map<number, StoredPart>): Promise<Stored[]> {
  const { calls, handle, signal, settings } = work;
  const stored: Stored[] = [];
  const content = async (piece: Piece) => {
    const crc32 = await checksumOf(handle, 'CRC32', piece, signal);
    return { crc32, body: Readable.from(bytesOf(handle, piece, signal), { objectMode: false }) };
  };
  const store = async (piece: Piece): Promise<StoredPart> => {
    const there = known.get(piece.number);
    if (there?.size === piece.bytes && there.crc32 !== undefined) {
      if (there.crc32 === (await checksumOf(handle, 'CRC32', piece, signal))) return there;
    }
    return calls.part(upload, piece, () => content(piece));
  };
  await eachAtOnce(piecesOf(upload.file.size, upload.partBytes), PARTS_AT_ONCE, (piece) =>
    settings.limit(async () => {
      signal.throwIfAborted();
      const { crc32 = '', ...part } = await store(piece);
      stored[piece.number - 1] = { ...piece, ...part, crc32 };
    }),
  );
  return stored;
}

async function complete(work: Work, upload: Upload, parts: readonly Stored[]): Promise<void> {
  const crc32 = wholeOf(parts);
  const named = parts.map((part) => ({
    PartNumber: part.number,
    ETag: part.etag,
    ChecksumCRC32: part.crc32,
  }));
  try {
    await work.calls.complete(upload, named, crc32);
  } catch (error) {
    if (!(error instanceof UploadGone) || !(await isStored(work, upload.file, crc32))) throw error;
  }
}

function wholeOf(parts: readonly Stored[]): string {
  let whole: string | undefined;
  for (const { crc32, bytes } of parts) whole = whole === undefined ? crc32 : crc32Of(whole, crc32, bytes);
  return whole ?? '';
}

/** Whether this very content is at its place; whoever has stored it. */
async function isStored(
  { calls, handle, to, signal }: Work,
  file: Identity,
  crc32?: string,
): Promise<boolean> {
  const head = await calls.head(to);
  if (head?.ContentLength !== file.size || head.ChecksumType !== 'FULL_OBJECT') return false;
  if (head.ChecksumCRC32 === undefined) return false;
  const own = crc32 ?? (await checksumOf(handle, 'CRC32', { start: 0, bytes: file.size }, signal));
  return head.ChecksumCRC32 === own;
}

/** Nobody will find it again. What has gone wrong is to be told, not that this did too. */
async function abortUnkept(calls: UploadCalls, upload: Upload): Promise<void> {
  await calls.abort(upload, AbortSignal.timeout(PARTING_MS)).catch(() => undefined);
}
