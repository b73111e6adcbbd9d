import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import type { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { createS3Logs } from '../src/adapters/intake/s3-logs.ts';

const REF = { bucket: 'b', key: 'k', state: 's' };
const { signal } = new AbortController();

/** As it comes from S3: some at a time, and never all of it unless somebody reads on. */
function bodyOf(bytes: Buffer, size = 1_000): Readable {
  let at = 0;
  return new Readable({
    highWaterMark: size,
    read() {
      this.push(at < bytes.length ? bytes.subarray(at, (at += size)) : null);
    },
  });
}
function linesOf(body: Readable) {
  const s3 = { send: () => Promise.resolve({ Body: body }) } as unknown as S3Client;
  return createS3Logs(s3).lines(REF, signal);
}
async function countOf(body: Readable): Promise<number> {
  let count = 0;
  for await (const lines of linesOf(body)) count += lines.length;
  return count;
}
// Not so regular that gzip makes little of it.
const TEXT = Array.from({ length: 50_000 }, (_, i) => String(Math.imul(i, 2_654_435_761) >>> 0)).join('\n');

describe.each([
  ['plain', Buffer.from(TEXT)],
  ['gzip', gzipSync(TEXT)],
])('the connection of a log that is %s', (_name, bytes) => {
  it('is let go when its reader stops early', async () => {
    const body = bodyOf(bytes);
    for await (const lines of linesOf(body)) {
      expect(lines[0]).toBe('0');
      break;
    }
    expect(body.destroyed).toBe(true);
  });

  it('is let go when its reader fails', async () => {
    const body = bodyOf(bytes);
    const read = async () => {
      for await (const lines of linesOf(body)) throw new Error(`no room for ${lines.length} lines`);
    };
    await expect(read()).rejects.toThrow('no room for');
    expect(body.destroyed).toBe(true);
  });

  it('is let go when it breaks off, and its reader is told', async () => {
    const body = bodyOf(bytes);
    const read = async () => {
      for await (const lines of linesOf(body)) body.destroy(new Error(`gone after ${lines.length} lines`));
    };
    await expect(read()).rejects.toThrow(/^gone after/);
    expect(body.destroyed).toBe(true);
  });

  it('is let go at its end', async () => {
    const body = bodyOf(bytes);
    expect(await countOf(body)).toBe(50_000);
    expect(body.destroyed).toBe(true);
  });
});

describe('a log whose gzip', () => {
  const packed = gzipSync(TEXT);
  it.each([
    [
      'is corrupt',
      Buffer.concat([packed.subarray(0, 10), Buffer.alloc(200_000, 0xff)]),
      'invalid block type',
    ],
    ['breaks off', packed.subarray(0, 20_000), 'unexpected end of file'],
  ])('%s is told so, and its connection let go', async (_what, bytes, message) => {
    const body = bodyOf(bytes);
    await expect(countOf(body)).rejects.toThrow(message);
    expect(body.destroyed).toBe(true);
  });
});
