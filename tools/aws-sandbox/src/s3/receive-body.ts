import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { AwsChunkedDecoder } from '../http/aws-chunked.ts';
import { AwsError } from '../http/aws-error.ts';
import type { Blobs } from './blobs.ts';
import { CHECKSUM_NAMES, startChecksum } from './checksums.ts';

export interface ReceivedBody {
  blob: string;
  size: number;
  md5Hex: string;
  /** What the client sent and we checked, for example `{ name: 'crc32', value: 'AAAAAA==' }`. */
  checksum?: { name: string; value: string };
}

/** S3's limit for one PUT: 5 GiB. */
const MAX_BYTES = 5 * 1024 ** 3;

/**
 * Stores a request body as a blob and checks every digest that came with it. `wanted`: the checksum that it
 * has to have, and is computed where it came with none.
 */
export async function receiveBody(
  req: IncomingMessage,
  blobs: Blobs,
  wanted?: string,
): Promise<ReceivedBody> {
  const header = (name: string) => req.headers[name] as string | undefined;
  const chunked = isChunked(req);
  const declared = Number(header(chunked ? 'x-amz-decoded-content-length' : 'content-length') ?? Number.NaN);
  if (declared > MAX_BYTES) {
    throw new AwsError(400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size');
  }
  const decoder = chunked ? new AwsChunkedDecoder() : undefined;
  const md5 = createHash('md5');
  const sha256 = createHash('sha256');
  const checksumName = announcedChecksum(req) ?? wanted;
  const checksum = checksumName === undefined ? undefined : startChecksum(checksumName);
  let size = 0;
  async function* measured(source: Readable): AsyncGenerator<Buffer> {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_BYTES)
        throw new AwsError(400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size');
      md5.update(chunk);
      sha256.update(chunk);
      checksum?.update(chunk);
      yield chunk;
    }
  }
  // A client that left while a fault made it wait: no event will come any more.
  if (req.destroyed) throw new AwsError(400, 'IncompleteBody', 'The connection was closed.');
  let source: Readable = req;
  if (decoder !== undefined) {
    req.once('error', (error) => decoder.destroy(error));
    req.once('aborted', () =>
      decoder.destroy(new AwsError(400, 'IncompleteBody', 'The connection was closed.')),
    );
    source = req.pipe(decoder);
  }
  const blob = await blobs.write(measured(source));
  try {
    if (Number.isFinite(declared) && declared !== size) {
      throw new AwsError(
        400,
        'IncompleteBody',
        `The body has ${size} bytes, not the ${declared} that were announced.`,
      );
    }
    const md5Bytes = md5.digest();
    checkContentMd5(header('content-md5'), md5Bytes);
    checkPayloadHash(header('x-amz-content-sha256'), sha256.digest('hex'));
    const body = { blob, size, md5Hex: md5Bytes.toString('hex') };
    if (checksumName === undefined || checksum === undefined) return body;
    const name = `x-amz-checksum-${checksumName}`;
    const expected = header(name) ?? decoder?.trailers[name];
    if (expected === undefined && header('x-amz-trailer')?.toLowerCase() === name) {
      throw new AwsError(
        400,
        'MalformedTrailerError',
        'The request contained trailing data that was not well-formed or did not conform to our published schema.',
      );
    }
    const value = await checksum.digest();
    if (expected !== undefined && expected !== value) {
      throw new AwsError(
        400,
        'BadDigest',
        `The ${checksumName.toUpperCase()} you specified did not match the calculated checksum.`,
      );
    }
    return { ...body, checksum: { name: checksumName, value } };
  } catch (error) {
    blobs.remove([blob]);
    throw error;
  }
}

function isChunked(req: IncomingMessage): boolean {
  const hash = req.headers['x-amz-content-sha256'];
  return (
    (typeof hash === 'string' && hash.startsWith('STREAMING-')) ||
    (req.headers['content-encoding'] ?? '').split(',').some((item) => item.trim() === 'aws-chunked')
  );
}

/** Its name, as in `x-amz-checksum-<name>`. */
export function announcedChecksum(req: IncomingMessage): string | undefined {
  const trailer = req.headers['x-amz-trailer'];
  const asked = req.headers['x-amz-sdk-checksum-algorithm'];
  return CHECKSUM_NAMES.find(
    (name) =>
      req.headers[`x-amz-checksum-${name}`] !== undefined ||
      (typeof trailer === 'string' && trailer.toLowerCase() === `x-amz-checksum-${name}`) ||
      (typeof asked === 'string' && asked.toLowerCase() === name),
  );
}

function checkContentMd5(given: string | undefined, actual: Buffer): void {
  if (given === undefined) return;
  const bytes = Buffer.from(given, 'base64');
  if (bytes.length !== 16)
    throw new AwsError(400, 'InvalidDigest', 'The Content-MD5 you specified was invalid.');
  if (!bytes.equals(actual)) {
    throw new AwsError(400, 'BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }
}

function checkPayloadHash(given: string | undefined, actual: string): void {
  if (given === undefined || !/^[0-9a-f]{64}$/.test(given) || given === actual) return;
  throw new AwsError(
    400,
    'XAmzContentSHA256Mismatch',
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
  );
}
