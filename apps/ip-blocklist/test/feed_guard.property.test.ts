import { addressCount, intersect, isEqual, emptySet, subtract } from '@groundwork/ip-ranges';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFeeds } from '../src/domain/feeds/feed-file.ts';
import { candidatesOf } from '../src/domain/feeds/formats.ts';
import { refusal, type Measured } from '../src/domain/feeds/guard.ts';
import { addressesOf, Sieve } from '../src/domain/feeds/sieve.ts';
import { setOf } from '../src/domain/networks.ts';
import { parseProtectedRange } from '../src/domain/protected-ranges.ts';

/** Written down a second time, and by other words than the code has. */
const BOGONS = setOf([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0-255.255.255.255',
  '::/8',
  '64:ff9b::/96',
  '100::/64',
  'fc00::/7',
  'fe80::/10',
  'ff00::/8',
  '2001:db8::/32',
  '2001::/32',
]);
const PROTECTED = ['office=45.9.0.0/16', 'nat=45.10.0.7', '2a00:1::/32'].map(parseProtectedRange);
const SPARED = setOf(['45.9.0.0/16', '45.10.0.7', '2a00:1::/32']);

const [rules] = parseFeeds(
  'feeds: [{ name: l, file: x, format: plain, schedule: { every: 1h }, ttlSeconds: 1 }]',
);
const { guard } = rules!;

const byte = fc.integer({ min: 0, max: 255 });
/** Near each other, so that lists have much in common; and now and then anywhere. */
const line = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.tuple(fc.integer({ min: 8, max: 11 }), byte).map(([b, d]) => `45.${b}.0.${d}`),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(byte, fc.integer({ min: 16, max: 32 })).map(([c, n]) => `45.8.${c}.0/${n}`),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(byte, byte, fc.integer({ min: 0, max: 32 })).map(([a, b, n]) => `${a}.${b}.0.0/${n}`),
  },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 40 }).map((n) => `2a00:${n}::/${n + 10}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('10.0.0.0/8', '::ffff:10.1.2.3', 'fe80::1', '<html>', '0.0.0.0/0', '::/0'),
  },
);
const list = fc.array(line, { maxLength: 60 });

function sieved(lines: readonly string[]) {
  const sieve = new Sieve(rules!, PROTECTED);
  for (const candidate of candidatesOf(rules!, lines.join('\n'))) sieve.take(candidate);
  const copy = sieve.done();
  return { ...copy, problem: undefined, entries: copy.listed.size, addresses: addressesOf(copy.listed) };
}

describe('whatever the guard applies', () => {
  it('never unblocks more than it may, and has nothing protected, reserved or too wide', () => {
    let [applied, refused] = [0, 0];
    fc.assert(
      fc.property(list, fc.array(list, { maxLength: 6 }), (first, rest) => {
        let before: Measured | undefined;
        // Each next list has most of the last one, as real ones do.
        let lines = first;
        for (const more of [[], ...rest]) {
          lines = [...lines.slice(more.length >> 2), ...more];
          const copy = sieved(lines);
          if (refusal(copy, guard, before) !== undefined) {
            refused += 1;
            continue;
          }
          applied += 1;
          expect(isEqual(intersect(copy.addresses, BOGONS), emptySet)).toBe(true);
          expect(isEqual(intersect(copy.addresses, SPARED), emptySet)).toBe(true);
          for (const subject of copy.listed.keys()) {
            const [, prefix] = /^[\d.]+\/(\d+)$/.exec(subject) ?? [];
            expect(Number(prefix ?? 32)).toBeGreaterThanOrEqual(8);
          }
          for (const family of ['v4', 'v6'] as const) {
            const was = before === undefined ? 0n : addressCount(before.addresses[family]);
            const gone =
              before === undefined ? 0n : addressCount(subtract(before.addresses, copy.addresses)[family]);
            expect(gone * 100n <= was * BigInt(guard.maxShrinkPercent)).toBe(true);
          }
          before = copy;
        }
      }),
      { numRuns: 500 },
    );
    // Otherwise it has shown nothing.
    expect(applied).toBeGreaterThan(200);
    expect(refused).toBeGreaterThan(200);
  });
});

describe('the guard', () => {
  const lines = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `45.8.1.${from + i}`);
  const judge = (now: readonly string[], before?: readonly string[]) =>
    refusal(sieved(now), guard, before && sieved(before));

  it.each([
    ['a first copy of any size', lines(200), undefined, undefined],
    ['a copy with 70 % of the last one', lines(70), lines(100), undefined],
    ['a copy with 69 %', lines(69), lines(100), 'it has lost 31 % of its entries (maxShrinkPercent 30)'],
    [
      'a copy of the same size with other addresses',
      lines(100, 100),
      lines(100),
      'it has lost 100 % of its IPv4 addresses',
    ],
    ['the same addresses in fewer networks', ['45.8.1.0/25'], ['45.8.1.0/25'], undefined],
    ['a copy that has lost a family', lines(9), [...lines(9), '2a00:7::/32'], '100 % of its IPv6 addresses'],
    ['a copy three times as large', lines(90), lines(30), undefined],
    ['a larger one', lines(91), lines(30), 'it has grown by 204 % in entries (maxGrowthPercent 200)'],
    ['one with a wide network in it', [...lines(9), '45.64.0.0/16'], lines(9), '% in IPv4 addresses'],
    ['an empty one', [], lines(9), 'it is empty'],
    ['one of comments', ['# nothing today'], lines(9), 'it is empty'],
    ['one of which nothing may be blocked', ['10.0.0.0/8'], undefined, 'it has 0 entries (minEntries 1)'],
    [
      'a page of HTML',
      ['<html>', '<h1>502 Bad Gateway</h1>', '</html>'],
      lines(9),
      '3 of its 3 lines cannot be read',
    ],
    ['all of IPv4', [...lines(9), '0.0.0.0/0'], lines(9), 'line 10, 0.0.0.0/0, is wider than'],
    ['all of IPv6', [...lines(9), '::/0'], undefined, 'line 10, ::/0, is wider than'],
    ['a range that is too wide', [...lines(9), '45.0.0.0-46.0.0.0'], undefined, 'is wider than a /8'],
    ['reserved networks as wide as they are', [...lines(9), '224.0.0.0/3'], undefined, undefined],
  ])('judges %s', (_name, now, before, reason) => {
    const judged = judge(now, before);
    if (reason === undefined) expect(judged).toBeUndefined();
    else expect(judged).toContain(reason);
  });

  it('leaves out single lines, and tells which and why', () => {
    const { leftOut, listed } = sieved(['45.8.1.1', '10.0.0.0/8', '45.10.0.0/24', 'x', '45.8.1.2 # good']);
    expect([...listed.keys()]).toEqual(['45.8.1.1', '45.8.1.2']);
    expect(leftOut).toMatchObject({ bogons: 1, protected: 1, unreadable: 1 });
    expect(leftOut.lines.map(({ line: at, text, why }) => `${at} ${text} ${why}`)).toEqual([
      '2 10.0.0.0/8 has addresses that nobody on the Internet can have',
      '3 45.10.0.0/24 would cut off nat',
      expect.stringMatching(/^4 x .* is not an IP address/),
    ]);
  });
});
