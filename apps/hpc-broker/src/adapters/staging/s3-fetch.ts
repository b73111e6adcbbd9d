import { Readable } from 'node:stream';
import {
  GetObjectCommand,
  HeadObjectCommand,
  S3ServiceException,
  type HeadObjectCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Interrupted, TransferError, type Transfer } from '../../ports/staging.ts';
import { again } from './again.ts';
import { FetchJournal } from './fetch-journal.ts';
import { fetchInRanges, PartialTaken, removePartial, type RangesSettings } from './fetch-in-ranges.ts';
import { keepErrors } from './keep-errors.ts';
import { md5Check } from './md5-check.ts';
import { ObjectChanged, rangesOf } from './range-calls.ts';
import { refusedBy } from './s3-errors.ts';
import { placeOf, type Location } from './s3-location.ts';
import { partialOf, writeWhole } from './whole-file.ts';

/** How often it is begun anew, before it is given up. */
const ROUNDS = 4;

/** `size`: where it is known from a list. What is not larger than one range comes in one piece. */
export async function fetchObject(
  s3: S3Client,
  from: Location,
  size: number | undefined,
  { target, transfer }: { target: string; transfer: Transfer },
  settings: RangesSettings,
): Promise<void> {
  const { attempt, signal } = transfer;
  const names = partialOf(target, attempt);
  try {
    for (let round = 1; ; round += 1) {
      try {
        const head = isSmall(size, settings) ? undefined : await headOf(s3, from, signal);
        const { ETag: etag, VersionId: version, ContentLength: bytes } = head ?? {};
        if (head === undefined || etag === undefined || bytes === undefined || isSmall(bytes, settings)) {
          await getWhole(s3, from, target, transfer);
          // Of an earlier content, that was larger.
          await FetchJournal.remove(names.ranges);
        } else {
          const range = rangesOf(s3, from, { etag, version }, signal);
          await fetchInRanges(
            { place: placeOf(from), head, size: bytes, etag, range },
            target,
            transfer,
            settings,
          );
        }
        return;
      } catch (error) {
        if (error instanceof ObjectChanged) await removePartial(names);
        else if (!(error instanceof PartialTaken)) throw error;
        if (round === ROUNDS) throw new TransferError('unavailable', error.message, error);
      }
    }
  } catch (error) {
    // Whoever goes on with an interrupted one needs it; nobody else does.
    if (!(signal.reason instanceof Interrupted)) await removePartial(names);
    throw error;
  }
}

const isSmall = (bytes: number | undefined, { partBytes }: RangesSettings): boolean =>
  bytes !== undefined && bytes <= partBytes;

/** Undefined: it is refused. Why, the answer to a HEAD has no words for, and that to a GET has. */
function headOf(
  s3: S3Client,
  from: Location,
  signal: AbortSignal,
): Promise<HeadObjectCommandOutput | undefined> {
  return again(async () => {
    try {
      const asked = new HeadObjectCommand({ Bucket: from.bucket, Key: from.key, ChecksumMode: 'ENABLED' });
      return await s3.send(asked, { abortSignal: signal });
    } catch (error) {
      const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
      if (status !== undefined && status < 500 && status !== 429) return undefined;
      return refusedBy(placeOf(from))(error);
    }
  }, signal);
}

/** The SDK compares the checksum, where the object has one; its length is compared in any case. */
function getWhole(s3: S3Client, { bucket, key }: Location, file: string, transfer: Transfer): Promise<void> {
  const place = placeOf({ bucket, key });
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
