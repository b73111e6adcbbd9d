import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from '../http/aws-error.ts';
import { CHECKSUM_NAMES, startChecksum } from './checksums.ts';
import type { Part, Upload, WantedPart } from './multipart-store.ts';

type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

/** What a multipart upload was begun with. */
interface UploadChecksum {
  /** As in `x-amz-checksum-<name>`. */
  name: string;
  type: ChecksumType;
}

/** Of an object: over all of its bytes, or over the checksums of its parts. */
export interface ObjectChecksum {
  name: string;
  /** In base64; that of parts ends with how many there are. */
  value: string;
  type: ChecksumType;
}

/**
 * Which checksum can be of which type, the usual one first.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
const TYPES: Readonly<Record<string, readonly ChecksumType[]>> = {
  crc32: ['COMPOSITE', 'FULL_OBJECT'],
  crc32c: ['COMPOSITE', 'FULL_OBJECT'],
  crc64nvme: ['FULL_OBJECT'],
  sha1: ['COMPOSITE'],
  sha256: ['COMPOSITE'],
};

const invalidRequest = (message: string): AwsError => new AwsError(400, 'InvalidRequest', message);

/** Of CreateMultipartUpload; undefined where it asks for none. */
export function askedChecksum(headers: IncomingHttpHeaders): UploadChecksum | undefined {
  const algorithm = one(headers, 'x-amz-checksum-algorithm');
  const asked = one(headers, 'x-amz-checksum-type')?.toUpperCase();
  if (algorithm === undefined) {
    if (asked === undefined) return undefined;
    throw invalidRequest(
      'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    );
  }
  const name = algorithm.toLowerCase();
  const types = TYPES[name];
  if (types === undefined) {
    throw invalidRequest(
      `Checksum algorithm provided is unsupported. Please try again with any of the valid types: [${CHECKSUM_NAMES.map((known) => known.toUpperCase()).join(', ')}]`,
    );
  }
  const type = asked === undefined ? types[0] : types.find((possible) => possible === asked);
  if (type === undefined) {
    throw invalidRequest(`The ${asked} checksum type cannot be used with the ${name} checksum algorithm.`);
  }
  return { name, type };
}

export const checksumOf = (upload: Upload): UploadChecksum | undefined =>
  upload.checksum === null ? undefined : (JSON.parse(upload.checksum) as UploadChecksum);

export const partChecksum = (part: Part): { name: string; value: string } | undefined =>
  part.checksum === null ? undefined : (JSON.parse(part.checksum) as { name: string; value: string });

/**
 * Throws when a part comes with another checksum than its upload was begun with. Comes it with none, S3
 * computes that of an upload whose checksum is over all bytes, and refuses the part of another.
 */
export function checkAnnounced(upload: Upload, announced: string | undefined): void {
  const of = checksumOf(upload);
  if (of === undefined || announced === of.name) return;
  if (announced === undefined && of.type === 'FULL_OBJECT') return;
  throw invalidRequest(
    `Checksum Type mismatch occurred, expected checksum Type: ${of.name}, actual checksum Type: ${announced ?? 'null'}`,
  );
}

/** Holds CompleteMultipartUpload against what has been stored. */
export function checkCompletion(
  upload: Upload,
  headers: IncomingHttpHeaders,
  wanted: readonly WantedPart[],
  parts: readonly Part[],
): void {
  checkSize(one(headers, 'x-amz-mp-object-size'), parts);
  const of = checksumOf(upload);
  if (of === undefined) return;
  const type = one(headers, 'x-amz-checksum-type')?.toUpperCase();
  if (type !== undefined && type !== of.type) {
    throw invalidRequest(
      `The upload was created using the ${of.type} checksum mode. The complete request must use the same checksum mode.`,
    );
  }
  for (const [at, part] of parts.entries()) {
    const named = wanted[at]?.checksums[of.name];
    if (named === undefined && of.type === 'COMPOSITE') {
      throw invalidRequest(
        `The upload was created using a ${of.name} checksum. The complete request must include the checksum for each part. It was missing for part ${part.number} in the request.`,
      );
    }
    if (named !== undefined && named !== partChecksum(part)?.value) {
      throw new AwsError(400, 'InvalidPart', 'One or more of the specified parts could not be found.', {
        members: { UploadId: upload.id, PartNumber: String(part.number) },
      });
    }
  }
}

function checkSize(said: string | undefined, parts: readonly Part[]): void {
  if (said === undefined) return;
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  if (Number(said) === size) return;
  throw invalidRequest(
    `The provided 'x-amz-mp-object-size' header value ${said} does not match what was computed: ${size}`,
  );
}

/** Takes the checksum of the whole while its bytes pass. */
export class WholeChecksum {
  readonly #of: UploadChecksum | undefined;
  readonly #parts: readonly Part[];
  readonly #running: ReturnType<typeof startChecksum> | undefined;

  constructor(upload: Upload, parts: readonly Part[]) {
    this.#of = checksumOf(upload);
    this.#parts = parts;
    this.#running = this.#of && startChecksum(this.#of.name);
  }

  async *over(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of bytes) {
      if (this.#of?.type === 'FULL_OBJECT') this.#running?.update(chunk);
      yield chunk;
    }
  }

  /** Throws BadDigest when the request says another one. */
  async digest(headers: IncomingHttpHeaders): Promise<ObjectChecksum | undefined> {
    if (this.#of === undefined || this.#running === undefined) return undefined;
    const { name, type } = this.#of;
    if (type === 'COMPOSITE') {
      for (const part of this.#parts) {
        this.#running.update(Buffer.from(partChecksum(part)?.value ?? '', 'base64'));
      }
    }
    const digest = await this.#running.digest();
    const value = type === 'COMPOSITE' ? `${digest}-${this.#parts.length}` : digest;
    const said = one(headers, `x-amz-checksum-${name}`);
    if (said !== undefined && said !== value && said !== digest) {
      throw new AwsError(
        400,
        'BadDigest',
        `The ${name.toUpperCase()} you specified did not match the calculated checksum.`,
      );
    }
    return { name, value, type };
  }
}

function one(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
