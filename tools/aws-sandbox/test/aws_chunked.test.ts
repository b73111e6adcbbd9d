import { Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AwsChunkedDecoder } from '../src/http/aws-chunked.ts';

interface Decoded {
  data: string;
  trailers: Record<string, string>;
}

async function decode(pieces: readonly Buffer[]): Promise<Decoded> {
  const decoder = new AwsChunkedDecoder();
  const chunks = (await Readable.from(pieces, { objectMode: false }).compose(decoder).toArray()) as Buffer[];
  return { data: Buffer.concat(chunks).toString('latin1'), trailers: decoder.trailers };
}

const TRAILERS = { 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-trailer-signature': 'abc' };

/** As the SDK frames a body, signed or not. */
function encode(chunks: readonly string[], signed: boolean, trailers: Record<string, string>): string {
  const signature = signed ? `;chunk-signature=${'0'.repeat(64)}` : '';
  const framed = chunks.map((data) => `${data.length.toString(16)}${signature}\r\n${data}\r\n`);
  const lines = Object.entries(trailers).map(([name, value]) => `${name}:${value}\r\n`);
  return `${framed.join('')}0${signature}\r\n${lines.join('')}\r\n`;
}

/** Contents that look like framing themselves. */
const content = fc
  .array(fc.constantFrom('\r', '\n', '0', 'a', ':', ';', '\r\n0\r\n\r\n', 'ÿ', 'x'.repeat(300)), {
    minLength: 1,
  })
  .map((parts) => parts.join(''));
const bodies = fc.record({
  chunks: fc.array(content, { maxLength: 5 }),
  signed: fc.boolean(),
  trailers: fc.constantFrom({}, TRAILERS),
});

it('gives back what was framed, wherever the network cuts it', async () => {
  await fc.assert(
    fc.asyncProperty(
      bodies,
      fc.array(fc.nat(2_000), { maxLength: 20 }),
      async ({ chunks, signed, trailers }, cuts) => {
        const wire = Buffer.from(encode(chunks, signed, trailers), 'latin1');
        const at = [...new Set([0, ...cuts.filter((cut) => cut < wire.length), wire.length])].toSorted(
          (a, b) => a - b,
        );
        const pieces = at.slice(1).map((end, i) => wire.subarray(at[i], end));
        expect(await decode(pieces)).toEqual({ data: chunks.join(''), trailers });
      },
    ),
    { numRuns: 200 },
  );
});

const SAMPLE = Buffer.from(encode(['hello', '\r\n'.repeat(9)], true, TRAILERS), 'latin1');
const LAST_CHUNK = SAMPLE.indexOf('0;chunk-signature', SAMPLE.lastIndexOf('\n\r\n') - 200);

it('gives back what was framed when it is cut in two anywhere, or comes byte by byte', async () => {
  const expected = { data: `hello${'\r\n'.repeat(9)}`, trailers: TRAILERS };
  for (let cut = 1; cut < SAMPLE.length; cut++) {
    expect(await decode([SAMPLE.subarray(0, cut), SAMPLE.subarray(cut)])).toEqual(expected);
  }
  expect(await decode([...SAMPLE].map((byte) => Buffer.of(byte)))).toEqual(expected);
});

it('refuses a body that ends anywhere before its last chunk as incomplete', async () => {
  expect(LAST_CHUNK).toBeGreaterThan(100);
  for (let end = 0; end <= LAST_CHUNK; end++) {
    await expect(decode([SAMPLE.subarray(0, end)])).rejects.toMatchObject({
      code: 'IncompleteBody',
      status: 400,
    });
  }
});

it.each(['zz\r\nhello\r\n', '-5\r\nhello\r\n', '5\r\nhello!!\r\n', '123456789\r\n', 'a'.repeat(20_000)])(
  'refuses a wrong chunk size: %j',
  async (wire) => {
    await expect(decode([Buffer.from(wire)])).rejects.toMatchObject({
      code: 'InvalidChunkSizeError',
      status: 400,
    });
  },
);
