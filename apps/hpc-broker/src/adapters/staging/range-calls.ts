import type { FileHandle } from 'node:fs/promises';
import { addAbortSignal, Readable } from 'node:stream';
import { GetObjectCommand, S3ServiceException, type S3Client } from '@aws-sdk/client-s3';
import { TransferError } from '../../ports/staging.ts';
import { again } from './again.ts';
import { keepErrors } from './keep-errors.ts';
import type { Piece } from './pieces.ts';
import { refusedBy } from './s3-errors.ts';
import { placeOf, type Location } from './s3-location.ts';

/** What was begun with is not what is there, or what has come is not what it was to be: it begins anew. */
export class ObjectChanged extends Error {
  override readonly name = 'ObjectChanged';
}

/** Writes one range to where it belongs in a file. */
export type RangeOf = (piece: Piece, file: FileHandle) => Promise<void>;

/** Ranges of one content of an object: by its ETag, and by its version where there are such. */
export function rangesOf(
  s3: S3Client,
  from: Location,
  content: { etag: string; version: string | undefined },
  signal: AbortSignal,
): RangeOf {
  const { etag } = content;
  let pin = content.version;
  const place = placeOf(from);

  async function once({ start, bytes }: Piece, file: FileHandle, version: string | undefined): Promise<void> {
    const asked = new GetObjectCommand({
      Bucket: from.bucket,
      Key: from.key,
      Range: `bytes=${start}-${start + bytes - 1}`,
      IfMatch: etag,
      VersionId: version,
    });
    const { Body: body, ETag } = await s3.send(keepErrors(asked), { abortSignal: signal });
    if (!(body instanceof Readable)) throw new TransferError('unavailable', `${place} came without a body`);
    if (ETag !== etag) {
      body.destroy();
      throw new ObjectChanged(`${place} was replaced while it was fetched`);
    }
    const written = await writeAt(file, start, bytes, body, signal);
    if (written !== bytes) {
      throw new TransferError('unavailable', `${place} came with ${written} bytes instead of ${bytes}`);
    }
  }

  return (piece, file) =>
    again(async () => {
      const used = pin;
      try {
        await once(piece, file, used);
      } catch (error) {
        if (error instanceof ObjectChanged) throw error;
        const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
        if (status === 412 || status === 404 || status === 416) {
          throw new ObjectChanged(`${place} was replaced while it was fetched`, { cause: error });
        }
        if (status === 403 && used !== undefined) {
          // Without s3:GetObjectVersion no version may be named: then the ETag alone has to do.
          pin = undefined;
          throw new TransferError('unavailable', `${place} may not be read by its version`, error);
        }
        refusedBy(place)(error);
      }
    }, signal);
}

/** How many have come. More than was asked for would be written over the next range. */
async function writeAt(
  file: FileHandle,
  start: number,
  most: number,
  body: Readable,
  signal: AbortSignal,
): Promise<number> {
  let passed = 0;
  for await (const chunk of addAbortSignal(signal, body) as AsyncIterable<Buffer>) {
    if (passed + chunk.length > most) return passed + chunk.length;
    for (let done = 0; done < chunk.length;) {
      const { bytesWritten } = await file.write(chunk, done, chunk.length - done, start + passed + done);
      done += bytesWritten;
    }
    passed += chunk.length;
  }
  return passed;
}
