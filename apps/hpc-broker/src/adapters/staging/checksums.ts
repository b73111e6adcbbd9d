import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { AwsCrc32c } from '@aws-crypto/crc32c';
import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { Crc64Nvme } from '@aws-sdk/crc64-nvme';
import { bytesOf } from './file-bytes.ts';
import { md5Of } from './md5-check.ts';

/** A running checksum; `digest` in base64, as S3 writes them. */
interface Running {
  update(chunk: Buffer): void;
  digest(): Promise<string>;
}

const ALGORITHMS = {
  CRC32: () => {
    let value = 0;
    return {
      update: (chunk: Buffer) => void (value = crc32(chunk, value)),
      digest: () => Promise.resolve(crcText(value)),
    };
  },
  CRC32C: () => ofSdk(new AwsCrc32c()),
  CRC64NVME: () => ofSdk(new Crc64Nvme()),
  SHA1: () => ofHash('sha1'),
  SHA256: () => ofHash('sha256'),
  MD5: () => ofHash('md5'),
} as const satisfies Readonly<Record<string, () => Running>>;

export interface Expected {
  algorithm: keyof typeof ALGORITHMS;
  value: string;
}

/** The cheapest first. */
const KEPT = ['CRC32', 'SHA256', 'SHA1', 'CRC32C', 'CRC64NVME'] as const;

/**
 * What all bytes of an object have to come to, if S3 has anything that says so. A composite checksum does
 * not: it is over those of parts, and where these end the object does not say.
 */
export function expectedOf(head: HeadObjectCommandOutput): Expected | undefined {
  for (const algorithm of KEPT) {
    const value = head[`Checksum${algorithm}`];
    if (value === undefined) continue;
    return head.ChecksumType === 'COMPOSITE' || value.includes('-') ? undefined : { algorithm, value };
  }
  const md5 = md5Of(head);
  if (md5 === undefined) return undefined;
  return { algorithm: 'MD5', value: Buffer.from(md5, 'hex').toString('base64') };
}

/** Of so many bytes of a file; rejects as bytesOf does. */
export async function checksumOf(
  file: FileHandle,
  algorithm: Expected['algorithm'],
  piece: { start: number; bytes: number },
  signal: AbortSignal,
): Promise<string> {
  const running: Running = ALGORITHMS[algorithm]();
  for await (const chunk of bytesOf(file, piece, signal)) running.update(chunk);
  return running.digest();
}

/** The CRC-32 of two runs of bytes from theirs, in base64; `bytes`: how long the second one is. */
export function crc32Of(first: string, second: string, bytes: number): string {
  return crcText(shifted(crcValue(first), bytes) ^ crcValue(second));
}

/** The polynomial of CRC-32, the bits reversed (RFC 1952, section 8). */
const POLYNOMIAL = 0xedb88320;

/**
 * A CRC-32 as it is after so many zero bytes: times x^(8n) modulo the polynomial, by squaring. As zlib's
 * crc32_combine, which Node does not have.
 */
function shifted(crc: number, bytes: number): number {
  let factor = 1 << 23; // x^8: the highest bit is x^0.
  let result = crc;
  for (let left = bytes; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = product(factor, result);
    factor = product(factor, factor);
  }
  return result;
}

function product(a: number, b: number): number {
  let sum = 0;
  let power = b;
  for (let bit = 31; bit >= 0; bit -= 1) {
    if ((a >>> bit) & 1) sum ^= power;
    power = power & 1 ? (power >>> 1) ^ POLYNOMIAL : power >>> 1;
  }
  return sum;
}

function crcText(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes.toString('base64');
}

const crcValue = (text: string): number => Buffer.from(text, 'base64').readUInt32BE();

function ofHash(name: string): Running {
  const hash = createHash(name);
  return { update: (chunk) => void hash.update(chunk), digest: () => Promise.resolve(hash.digest('base64')) };
}

function ofSdk(sum: { update(chunk: Uint8Array): void; digest(): Promise<Uint8Array> }): Running {
  return {
    update: (chunk) => sum.update(chunk),
    digest: async () => Buffer.from(await sum.digest()).toString('base64'),
  };
}
