import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { GetObjectCommand, paginateListObjectsV2, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { TransferError, type Store, type Transfer } from '../../ports/staging.ts';
import { again } from './again.ts';
import { notRead } from './file-errors.ts';
import { keepErrors } from './keep-errors.ts';
import { md5Check } from './md5-check.ts';
import { refusedBy } from './s3-errors.ts';
import { writeWhole } from './whole-file.ts';

/** What S3 takes in one PUT: https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html */
const MOST_BYTES = 5 * 1_024 ** 3;

interface Location {
  bucket: string;
  key: string;
}

/** `s3://bucket/key`, and all objects whose keys begin with what ends in `/`. */
export function createS3Store(s3: S3Client): Store {
  return {
    async *list(place, signal) {
      const { bucket, key } = locationOf(place);
      if (!key.endsWith('/')) {
        yield {
          path: '',
          isDirectory: false,
          copyTo: (file, transfer) => get(s3, { bucket, key }, file, transfer),
        };
        return;
      }
      let isEmpty = true;
      const pages = paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: key });
      for await (const page of endingWith(refusedBy(place), pages)) {
        signal.throwIfAborted();
        for (const { Key = '' } of page.Contents ?? []) {
          isEmpty = false;
          yield {
            path: Key.slice(key.length).replace(/\/$/, ''),
            isDirectory: Key.endsWith('/'),
            copyTo: (file, transfer) => get(s3, { bucket, key: Key }, file, transfer),
          };
        }
      }
      if (isEmpty) throw new TransferError('missing', `${place} has nothing in it`);
    },

    async put(file, place, { signal }) {
      const { bucket, key } = locationOf(place);
      const { size } = await stat(file).catch(notRead(file));
      if (size > MOST_BYTES) {
        const problem = `${place} would be of ${size} bytes, and S3 takes ${MOST_BYTES} in one piece: have the job write smaller files`;
        throw new TransferError('unfit', problem);
      }
      await again(async () => {
        const body = createReadStream(file);
        try {
          await s3.send(
            new PutObjectCommand({
              Bucket: bucket,
              Key: key,
              Body: body,
              ContentLength: size,
              ChecksumAlgorithm: 'CRC32',
            }),
            // Its answer comes when all has been sent; how long that may take is for the signal to say.
            { abortSignal: signal, requestTimeout: 0 },
          );
        } catch (error) {
          refusedBy(place)(error);
        } finally {
          body.destroy();
        }
      }, signal);
    },
  };
}

/** The SDK compares the checksum, where the object has one; its length is compared in any case. */
function get(s3: S3Client, { bucket, key }: Location, file: string, transfer: Transfer): Promise<void> {
  const place = `s3://${bucket}/${key}`;
  return again(async () => {
    try {
      const asked = new GetObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' });
      const object = await s3.send(keepErrors(asked), { abortSignal: transfer.signal });
      const { Body: body, ContentLength: bytes } = object;
      if (!(body instanceof Readable) || bytes === undefined) {
        throw new TransferError('unavailable', `${place} came without a body or its length`);
      }
      await writeWhole(file, { body, bytes, through: md5Check(place, object) }, transfer);
    } catch (error) {
      refusedBy(place)(error);
    }
  }, transfer.signal);
}

function locationOf(place: string): Location {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(place) ?? [];
  if (bucket === undefined || key === undefined) {
    throw new TransferError('unfit', `${place} is no place in S3: write s3://bucket/key`);
  }
  return { bucket, key };
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
