import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { paginateListObjectsV2, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { TransferError, type Store, type Transfer } from '../../ports/staging.ts';
import { again } from './again.ts';
import { notRead } from './file-errors.ts';
import { createLimit } from './limit.ts';
import { MOST_BYTES } from './pieces.ts';
import { refusedBy } from './s3-errors.ts';
import { fetchObject } from './s3-fetch.ts';
import { locationOf, placeOf, type Location } from './s3-location.ts';
import { uploadCalls } from './upload-calls.ts';
import { uploadInParts } from './upload-in-parts.ts';

export interface S3StoreSettings {
  /** What is larger is transferred in pieces of so many bytes. */
  partBytes: number;
}

/** Pieces of all files at the same time; the SDK has 50 connections. */
const PIECES_AT_ONCE = 16;

/** `s3://bucket/key`, and all objects whose keys begin with what ends in `/`. */
export function createS3Store(s3: S3Client, { partBytes }: S3StoreSettings): Store {
  const settings = { partBytes, limit: createLimit(PIECES_AT_ONCE) };
  const fetch = (from: Location, size: number | undefined, target: string, transfer: Transfer) =>
    fetchObject(s3, from, size, { target, transfer }, settings);
  return {
    async *list(place, signal) {
      const { bucket, key } = locationOf(place);
      if (!key.endsWith('/')) {
        yield {
          path: '',
          isDirectory: false,
          copyTo: (file, transfer) => fetch({ bucket, key }, undefined, file, transfer),
        };
        return;
      }
      let isEmpty = true;
      const pages = paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: key });
      for await (const page of endingWith(refusedBy(place), pages)) {
        signal.throwIfAborted();
        for (const { Key = '', Size } of page.Contents ?? []) {
          isEmpty = false;
          yield {
            path: Key.slice(key.length).replace(/\/$/, ''),
            isDirectory: Key.endsWith('/'),
            copyTo: (file, transfer) => fetch({ bucket, key: Key }, Size, file, transfer),
          };
        }
      }
      if (isEmpty) throw new TransferError('missing', `${place} has nothing in it`);
    },

    async put(file, place, transfer) {
      const to = locationOf(place);
      const { size } = await stat(file).catch(notRead(file));
      if (size > MOST_BYTES) {
        const problem = `${place} would be of ${size} bytes, and S3 has objects of up to ${MOST_BYTES}: have the job write smaller files`;
        throw new TransferError('unfit', problem);
      }
      if (size > partBytes) {
        await uploadInParts(uploadCalls(s3, transfer.signal), file, to, transfer, settings);
      } else await putWhole(s3, file, size, to, transfer.signal);
    },
  };
}

function putWhole(
  s3: S3Client,
  file: string,
  size: number,
  to: Location,
  signal: AbortSignal,
): Promise<void> {
  return again(async () => {
    const body = createReadStream(file);
    try {
      await s3.send(
        new PutObjectCommand({
          Bucket: to.bucket,
          Key: to.key,
          Body: body,
          ContentLength: size,
          ChecksumAlgorithm: 'CRC32',
        }),
        // Its answer comes when all has been sent; how long that may take is for the signal to say.
        { abortSignal: signal, requestTimeout: 0 },
      );
    } catch (error) {
      refusedBy(placeOf(to))(error);
    } finally {
      body.destroy();
    }
  }, signal);
}

async function* endingWith<T>(
  problem: (error: unknown) => never,
  pages: AsyncIterable<T>,
): AsyncGenerator<T> {
  try {
    yield* pages;
  } catch (error) {
    problem(error);
  }
}
