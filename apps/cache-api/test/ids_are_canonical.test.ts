import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidId, keyOf, parseId, type KeyType } from '../src/domain/resources/ids.ts';
import { formatLsn } from '../src/domain/lsn.ts';
import { parseLsn } from './support/lsn.ts';

const of = (...types: KeyType[]) => ({
  name: 'things',
  key: types.map((type, at) => ({ name: `k${at}`, type })),
});

describe('an id', () => {
  it('is the key of its row, whatever the texts are', () => {
    const text = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 20 })
      .filter((value) => !value.includes('\0'));
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), (values) => {
        const keyed = of(...values.map(() => 'text' as const));
        const key = keyOf(keyed, new Map(values.map((value, at) => [`k${at}`, value])))!;
        const id = parseId(keyed, key.slice('things/'.length));
        expect(id.values).toEqual(values);
        expect(id.cacheKey).toBe(key);
      }),
    );
  });

  it('has one form', () => {
    expect(parseId(of('text', 'text'), 'a%c3%A9(,b é').text).toBe('a%C3%A9(,b%20%C3%A9');
    const upper = '0198C5F2-3B6A-7C1E-9D2F-8A4B5C6D7E8F';
    expect(parseId(of('uuid'), upper).cacheKey).toBe(`things/${upper.toLowerCase()}`);
    expect(parseId(of('text', 'text'), ',').values).toEqual(['', '']);
  });

  it('is not that of a row with a NULL in its key', () => {
    expect(keyOf(of('text'), new Map([['k0', null]]))).toBeUndefined();
    expect(keyOf(of('text'), new Map())).toBeUndefined();
  });

  const refused: [KeyType[], string, string][] = [
    [['integer'], '01', 'k0 must be a whole number without sign + and leading zeros, and is "01".'],
    [['integer'], '+1', 'k0 must be a whole number without sign + and leading zeros, and is "+1".'],
    [['integer'], '-0', 'k0 must be a whole number without sign + and leading zeros, and is "-0".'],
    [['integer'], '1.0', 'k0 must be a whole number without sign + and leading zeros, and is "1.0".'],
    [['integer'], '%201', 'k0 must be a whole number without sign + and leading zeros, and is " 1".'],
    [['integer'], '٣', 'k0 must be a whole number without sign + and leading zeros, and is "٣".'],
    [['smallint'], '32768', 'k0 is beyond the range of smallint: 32768.'],
    [['integer'], '-2147483649', 'k0 is beyond the range of integer: -2147483649.'],
    [['bigint'], '9223372036854775808', 'k0 is beyond the range of bigint: 9223372036854775808.'],
    [['bigint'], '9'.repeat(100), `k0 is beyond the range of bigint: ${'9'.repeat(100)}.`],
    [['uuid'], 'x', 'k0 must be a UUID, as 0198c5f2-3b6a-7c1e-9d2f-8a4b5c6d7e8f, and is "x".'],
    [['text'], 'a%00', 'k0 has a NUL in it, and text in Postgres has none.'],
    [['text'], '%E0%A4', '"%E0%A4" is not percent-encoded UTF-8.'],
    [['text'], '', 'An id of things is not empty.'],
    [['text'], 'x'.repeat(2_049), 'An id of things has 2048 characters at most.'],
    [
      ['text', 'integer'],
      'a',
      'An id of things has 2 parts (k0,k1), and "a" has 1; a comma within a part is written %2C.',
    ],
  ];
  for (const [types, text, message] of refused) {
    it(`is refused: ${text.slice(0, 30)} as ${types.join(', ')}`, () => {
      expect(() => parseId(of(...types), text)).toThrow(new InvalidId(message));
    });
  }

  it('may be the first and last number of its type', () => {
    for (const [type, bits] of [
      ['smallint', 16n],
      ['integer', 32n],
      ['bigint', 64n],
    ] as const) {
      for (const value of [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n]) {
        expect(parseId(of(type), `${value}`).values).toEqual([`${value}`]);
      }
    }
  });
});

describe('an LSN', () => {
  it('is a number of 64 bits', () => {
    expect(parseLsn('16/B374D848')).toBe(0x16_b374d848n);
    expect(formatLsn(0x16_b374d848n)).toBe('16/B374D848');
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (lsn) => parseLsn(formatLsn(lsn)) === lsn),
    );
  });

  it('is nothing else', () => {
    for (const lsn of [-1n, 2n ** 64n]) expect(() => formatLsn(lsn)).toThrow(RangeError);
  });
});
