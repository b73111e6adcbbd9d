import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { linesOf } from '../../domain/lines.ts';
import { LogGone, type LogRef, type Logs } from '../../ports/logs.ts';

/** A line that is longer is no record of any log: WAF's are at most some 10 KB. In characters. */
const LONGEST_LINE = 1_048_576;
const GZIP = [0x1f, 0x8b];
const GONE = new Set(['NoSuchKey', 'NoSuchVersion', 'PreconditionFailed', 'NotFound']);

/** Logs in S3, compressed or not, whatever they are called. */
export function createS3Logs(s3: S3Client): Logs {
  return {
    async *lines(ref, signal) {
      const body = await open(s3, ref, signal);
      try {
        yield* linesOf(await decompressed(body), LONGEST_LINE);
      } finally {
        // Whoever stops early or fails would leave it with its connection, of which there are few.
        body.destroy();
      }
    },
  };
}

async function open(s3: S3Client, { bucket, key, state }: LogRef, signal: AbortSignal): Promise<Readable> {
  try {
    const command = new GetObjectCommand({ Bucket: bucket, Key: key, IfMatch: `"${state}"` });
    const { Body } = await s3.send(command, { abortSignal: signal });
    return Body as Readable;
  } catch (error) {
    const { name, message } = error as Error;
    if (GONE.has(name)) throw new LogGone(`s3://${bucket}/${key}: ${message}`, { cause: error });
    throw error;
  }
}

/** By how it begins, as names do not always tell. Several gzip members behind each other are one text. */
async function decompressed(body: Readable): Promise<AsyncIterable<Uint8Array>> {
  const pieces = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  const first = await pieces.next();
  if (first.done === true) return Readable.from([]);
  async function* all(): AsyncGenerator<Uint8Array> {
    yield first.value as Uint8Array;
    for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) yield next.value;
  }
  const isGzip = GZIP.every((byte, i) => first.value[i] === byte);
  if (!isGzip) return all();
  // Either's error is the error of both, and comes to whoever reads.
  return pipeline(Readable.from(all(), { objectMode: false }), createGunzip(), () => {});
}
