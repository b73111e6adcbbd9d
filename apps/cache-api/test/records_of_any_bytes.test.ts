import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VISIBILITIES } from '../src/domain/entry.ts';
import { floorOf, newGeneration } from '../src/domain/generations.ts';
import { decode, encode, type Encoding } from '../src/domain/record-bytes.ts';
import { slotName } from '../src/domain/stored-names.ts';
import { entryOf } from './support/entries.ts';

const text = fc.string({ unit: 'binary' });
const records = fc.record({
  key: fc.oneof(text, fc.constant('\ud800')),
  generations: fc
    .dictionary(
      fc.oneof(
        text.map((tag) => `t:${tag}`),
        text.map((name) => `n:${name}`),
      ),
      fc.string(),
    )
    .map((all) => new Map(Object.entries(all))),
  entry: fc
    .record({
      body: fc.oneof(
        fc.uint8Array(),
        fc.nat({ max: 20_000 }).map((length) => new Uint8Array(length)),
      ),
      contentType: text,
      etag: text,
      storedAt: fc.double({ noNaN: true }),
      freshUntil: fc.integer(),
      staleUntil: fc.maxSafeInteger(),
      version: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      visibility: fc.constantFrom(...VISIBILITIES),
      isAbsent: fc.boolean(),
      loadMs: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
    })
    .map((some) => entryOf(some.body, 0, some)),
});
const encodings = fc.record<Encoding>({
  codec: fc.constantFrom('deflate', 'brotli', 'zstd'),
  aboveBytes: fc.constantFrom(undefined, 0, 1_000),
});

describe('a record', () => {
  it('is read as it was written, with any codec', () => {
    fc.assert(
      fc.property(records, encodings, (record, encoding) => {
        const read = decode(encode(record, encoding));
        expect(read?.key).toBe(record.key);
        expect(read?.generations).toEqual(record.generations);
        const { body, tags, namespaces, ...rest } = read!.entry;
        expect(Buffer.compare(body, record.entry.body)).toBe(0);
        expect(record.entry).toMatchObject(rest);
        const names = [...tags.map((tag) => `t:${tag}`), ...namespaces.map((name) => `n:${name}`)];
        expect(new Set(names)).toEqual(new Set(record.generations.keys()));
      }),
    );
  });

  it('gets smaller when its body can', () => {
    const record = { key: 'a', generations: new Map(), entry: entryOf(Buffer.alloc(100_000), 0) };
    for (const codec of ['deflate', 'brotli', 'zstd'] as const) {
      expect(encode(record, { codec, aboveBytes: 1_024 }).length).toBeLessThan(1_000);
      expect(encode(record, { codec, aboveBytes: undefined }).length).toBeGreaterThan(100_000);
    }
  });

  it('that is of another version, damaged, cut off or anything else is a miss', () => {
    const record = { key: 'a', generations: new Map(), entry: entryOf(Buffer.alloc(2_000), 0) };
    const bytes = encode(record, { codec: 'zstd', aboveBytes: 0 });
    expect(decode(Buffer.concat([Buffer.from([0x47, 2]), bytes.subarray(2)]))).toBeUndefined();
    for (let end = 0; end < bytes.length; end += 1) expect(decode(bytes.subarray(0, end))).toBeUndefined();
    fc.assert(fc.property(fc.uint8Array(), (any) => decode(any) === undefined));
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }), (at, value) => {
        const damaged = Buffer.from(bytes);
        damaged[at] = value;
        const read = decode(damaged);
        expect(read === undefined || read.entry.body.length <= bytes.readUInt32BE(44) + 2 ** 32).toBe(true);
      }),
    );
  });
});

describe('names', () => {
  it('are what every store takes, and one for each key', () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(slotName(one)).toMatch(/^\{[kh]:[!-z|~]{1,200}\}$|^\{k:\}$/);
        expect(slotName(one) === slotName(other)).toBe(one === other);
      }),
    );
  });

  it('of generations tell the version they were invalidated for', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        (floor) => floorOf(newGeneration(floor)) === floor,
      ),
    );
    expect([undefined, '', '.', '!.x'].map(floorOf)).toEqual([0n, 0n, 0n, 0n]);
  });
});
