import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32 } from 'node:zlib';
import { crc32Of } from '../../src/adapters/staging/checksums.ts';
import { pieceBytesOf, piecesOf } from '../../src/adapters/staging/pieces.ts';
import { Interrupted } from '../../src/ports/staging.ts';
import type { Asked } from '../support/s3-gate.ts';
import { useStagingWorld } from '../support/staging-suite.ts';
import { someBytes } from '../support/staging-world.ts';

const the = useStagingWorld();

type What = 'bringInputs' | 'storeOutputs';

/** What a broker meets on its way: it is stopped there, a connection breaks, a byte is changed. */
const mishap = (asked: readonly Asked[]) =>
  fc.oneof(
    fc.record({
      kind: fc.constant('stop' as const),
      asked: fc.constantFrom(...asked),
      after: fc.nat(5),
      of: fc.constantFrom('request' as const, 'answer' as const),
    }),
    fc.record({
      kind: fc.constant('break' as const),
      asked: fc.constantFrom(...asked),
      when: fc.constantFrom('before' as const, 'after' as const),
    }),
    fc.record({ kind: fc.constant('flip' as const) }),
    fc.record({ kind: fc.constant('change' as const) }),
  );
type Mishap = ReturnType<typeof mishap> extends fc.Arbitrary<infer T> ? T : never;

/** One broker after the other: each has its mishap, and the last one has none. */
async function suffer(
  what: What,
  mishaps: readonly Mishap[],
  put: (bytes: Buffer) => Promise<void>,
): Promise<Buffer> {
  let bytes = someBytes();
  await put(bytes);
  for (const one of mishaps) {
    const stopping = new AbortController();
    if (one.kind === 'change') await put((bytes = someBytes()));
    else if (one.kind === 'flip') the.gate.flip(what === 'storeOutputs' ? 'part' : 'range');
    else if (one.kind === 'break') the.gate.break(one.when, one.asked);
    else void the.gate.holdAt(one).then(() => stopping.abort(new Interrupted('a test stops it')));
    await the.world.run(what, stopping.signal).catch((error: unknown) => {
      if (!stopping.signal.aborted) throw error;
    });
    the.gate.open();
  }
  await the.world.run(what);
  return bytes;
}

describe('whatever sequence of interruptions', () => {
  const storing = mishap(['begin', 'part', 'parts', 'complete', 'abort', 'head', 'uploads']);
  it('an output is stored as it is, and no upload is left open', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(storing, { maxLength: 6 }), async (mishaps) => {
        const bytes = await suffer('storeOutputs', mishaps, (some) => the.world.write(some));
        expect((await the.world.stored()).equals(bytes)).toBe(true);
        expect(await the.bucket.openUploads()).toEqual([]);
        expect(await the.world.files()).toEqual(['work', 'work/out']);
      }),
      { numRuns: 20 },
    );
  }, 120_000);

  const bringing = mishap(['head', 'range']);
  it('an input is brought as it is, and nothing is left beside it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(bringing, { maxLength: 6 }), async (mishaps) => {
        const bytes = await suffer('bringInputs', mishaps, (some) =>
          the.bucket.put(the.world.key, some, { ChecksumAlgorithm: 'CRC32' }),
        );
        expect((await the.world.brought()).equals(bytes)).toBe(true);
        expect(await the.world.files()).toEqual(['work', 'work/in']);
      }),
      { numRuns: 20 },
    );
  }, 120_000);
});

const inBase64 = (bytes: Uint8Array): string => {
  const text = Buffer.alloc(4);
  text.writeUInt32BE(crc32(bytes));
  return text.toString('base64');
};

describe('pieces', () => {
  it('cover all bytes once, in as many as S3 takes', () => {
    const size = fc.integer({ min: 1, max: 50_000 });
    fc.assert(
      fc.property(size, fc.integer({ min: 1, max: 5_000 }), (bytes, wished) => {
        const pieces = [...piecesOf(bytes, pieceBytesOf(bytes, wished))];
        expect(pieces.length).toBeLessThanOrEqual(10_000);
        let end = 0;
        for (const [at, piece] of pieces.entries()) {
          expect(piece).toMatchObject({ number: at + 1, start: end });
          end += piece.bytes;
        }
        expect(end).toBe(bytes);
      }),
    );
  });

  it('have together the CRC-32 of the whole', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array({ maxLength: 3_000 }), (first, second) => {
        const whole = inBase64(Buffer.concat([first, second]));
        expect(crc32Of(inBase64(first), inBase64(second), second.length)).toBe(whole);
      }),
    );
    // Of more bytes than 32 bits can count.
    const one = inBase64(Buffer.from('a'));
    const twice = crc32Of(crc32Of(one, 'AAAAAA==', 2 ** 31), 'AAAAAA==', 2 ** 31);
    expect(crc32Of(one, 'AAAAAA==', 2 ** 32)).toBe(twice);
  });
});
