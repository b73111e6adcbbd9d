import type { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  paginateListParts,
  S3ServiceException,
  UploadPartCommand,
  type CompletedPart,
  type HeadObjectCommandOutput,
  type ListMultipartUploadsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { TransferError } from '../../ports/staging.ts';
import { again } from './again.ts';
import type { Piece } from './pieces.ts';
import { refusedBy } from './s3-errors.ts';
import { placeOf, type Location } from './s3-location.ts';
import type { Upload } from './upload-journal.ts';

/** An upload cannot be gone on with as it is: what is there is to be looked at, or another one to be begun. */
export class UploadGone extends Error {
  override readonly name = 'UploadGone';
}

export interface StoredPart {
  etag: string;
  size: number;
  /** In base64; undefined where S3 has none. */
  crc32: string | undefined;
}

/** Of a body that takes as long as it takes, and of an answer that comes when all is put together. */
const PATIENT = { requestTimeout: 0 };
/** How late a clock may be for S3 to answer it (RequestTimeTooSkewed), in ms. */
const SKEW_MS = 15 * 60_000;

/** Nothing that an upload had can be found any more, or it is not as it was believed to be. */
const GONE = new Set(['NoSuchUpload', 'InvalidPart', 'InvalidPartOrder']);

/** What is asked of S3 for multipart uploads. Each rejects with TransferError, UploadGone or as aborted. */
export function uploadCalls(s3: S3Client, signal: AbortSignal) {
  const asked = async <T>(place: string, call: () => Promise<T>): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      if (error instanceof UploadGone) throw error;
      if (nameOf(error) !== undefined && GONE.has(nameOf(error)!)) {
        throw new UploadGone(`${place}: ${String(error)}`, { cause: error });
      }
      return refusedBy(place)(error);
    }
  };
  const ask = <T>(place: string, call: () => Promise<T>): Promise<T> =>
    again(() => asked(place, call), signal);
  const words = ({ id, to }: Pick<Upload, 'id' | 'to'>) => ({ Bucket: to.bucket, Key: to.key, UploadId: id });

  return {
    /** `times`: how often it was asked for. There may be one for each. */
    async create(to: Location): Promise<{ id: string; times: number }> {
      let times = 0;
      return ask(placeOf(to), async () => {
        times += 1;
        const { UploadId, $metadata } = await s3.send(
          new CreateMultipartUploadCommand({
            Bucket: to.bucket,
            Key: to.key,
            ChecksumAlgorithm: 'CRC32',
            ChecksumType: 'FULL_OBJECT',
          }),
          { abortSignal: signal },
        );
        if (UploadId === undefined) {
          throw new TransferError('unavailable', `${placeOf(to)} came without an upload id`);
        }
        return { id: UploadId, times: times + ($metadata.attempts ?? 1) - 1 };
      });
    },

    /** What S3 has of it, by number. */
    parts: (upload: Pick<Upload, 'id' | 'to'>): Promise<Map<number, StoredPart>> =>
      ask(placeOf(upload.to), async () => {
        const parts = new Map<number, StoredPart>();
        try {
          const pages = paginateListParts({ client: s3 }, words(upload), { abortSignal: signal });
          for await (const { Parts = [] } of pages) {
            for (const { PartNumber, ETag, Size, ChecksumCRC32 } of Parts) {
              if (PartNumber === undefined || ETag === undefined || Size === undefined) continue;
              parts.set(PartNumber, { etag: ETag, size: Size, crc32: ChecksumCRC32 });
            }
          }
        } catch (error) {
          // Without s3:ListMultipartUploadParts nobody can go on with it.
          if (isForbidden(error)) throw new UploadGone('its parts may not be listed', { cause: error });
          throw error;
        }
        return parts;
      }),

    /** `bytes` is asked anew for each try. S3 takes it only if it has that CRC-32. */
    part: (
      upload: Upload,
      { number, bytes: length }: Piece,
      content: () => Promise<{ crc32: string; body: Readable }>,
    ): Promise<StoredPart> =>
      ask(placeOf(upload.to), async () => {
        const { crc32, body } = await content();
        try {
          const { ETag } = await s3.send(
            new UploadPartCommand({
              ...words(upload),
              PartNumber: number,
              Body: body,
              ContentLength: length,
              ChecksumCRC32: crc32,
            }),
            { abortSignal: signal, ...PATIENT },
          );
          return { etag: ETag ?? '', size: length, crc32 };
        } finally {
          body.destroy();
        }
      }),

    /** S3 puts the parts together, and refuses them unless they are of that size and have that CRC-32. */
    complete: (upload: Upload, parts: CompletedPart[], crc32: string): Promise<void> =>
      ask(placeOf(upload.to), async () => {
        await s3.send(
          new CompleteMultipartUploadCommand({
            ...words(upload),
            MultipartUpload: { Parts: parts },
            ChecksumCRC32: crc32,
            ChecksumType: 'FULL_OBJECT',
            MpuObjectSize: upload.file.size,
          }),
          { abortSignal: signal, ...PATIENT },
        );
      }),

    /** That it is not there any more is as good; that it may not be aborted has to be borne. */
    abort: (upload: Pick<Upload, 'id' | 'to'>, until = signal): Promise<void> =>
      again(
        () =>
          asked(placeOf(upload.to), async () => {
            try {
              await s3.send(new AbortMultipartUploadCommand(words(upload)), { abortSignal: until });
            } catch (error) {
              if (nameOf(error) !== 'NoSuchUpload' && !isForbidden(error)) throw error;
            }
          }),
        until,
      ),

    /** Uploads to a place that were begun since then, or a little before, as clocks differ. */
    openSince: (to: Location, since: number): Promise<string[]> =>
      ask(placeOf(to), async () => {
        const ids: string[] = [];
        try {
          let after: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } | undefined = {};
          while (after !== undefined) {
            const asking = { Bucket: to.bucket, Prefix: to.key, ...after };
            const page: ListMultipartUploadsCommandOutput = await s3.send(
              new ListMultipartUploadsCommand(asking),
              { abortSignal: signal },
            );
            for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
              const isSince = (Initiated?.getTime() ?? Infinity) >= since - SKEW_MS;
              if (Key === to.key && UploadId !== undefined && isSince) ids.push(UploadId);
            }
            const { NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page;
            // What follows begins with the key and goes on.
            const isMore = page.IsTruncated === true && KeyMarker === to.key;
            after = isMore ? { KeyMarker, UploadIdMarker } : undefined;
          }
        } catch (error) {
          // Without s3:ListBucketMultipartUploads nobody can find them.
          if (!isForbidden(error)) throw error;
        }
        return ids;
      }),

    /** Undefined: there is nothing. */
    head: (to: Location): Promise<HeadObjectCommandOutput | undefined> =>
      ask(placeOf(to), async () => {
        try {
          return await s3.send(
            new HeadObjectCommand({ Bucket: to.bucket, Key: to.key, ChecksumMode: 'ENABLED' }),
            { abortSignal: signal },
          );
        } catch (error) {
          // Without s3:ListBucket what is not there is refused, and without s3:GetObject what is.
          if (isForbidden(error) || statusOf(error) === 404) return undefined;
          throw error;
        }
      }),
  };
}

export type UploadCalls = ReturnType<typeof uploadCalls>;

const nameOf = (error: unknown): string | undefined =>
  error instanceof S3ServiceException ? error.name : undefined;
const statusOf = (error: unknown): number | undefined =>
  error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
const isForbidden = (error: unknown): boolean => statusOf(error) === 403;
