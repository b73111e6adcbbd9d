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
/** What the guard calls anybody's, counted a second time: 221 /8 of IPv4, and 2000::/3. */
const ANYBODYS = { v4: 221n << 24n, v6: 1n << 125n };

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

/** Many networks, each no wider than it may be, from anywhere that is anybody's. */
const wide = fc.oneof(
  fc
    .record({ first: fc.integer({ min: 11, max: 126 }), count: fc.integer({ min: 1, max: 60 }) })
    .map(({ first, count }) => Array.from({ length: count }, (_, i) => `${first + i}.0.0.0/8`)),
  fc
    .record({
      prefix: fc.integer({ min: 19, max: 24 }),
      first: fc.integer({ min: 0x2_4000, max: 0x3_0000 }),
      count: fc.integer({ min: 1, max: 80 }),
    })
    .map(({ prefix, first, count }) =>
      Array.from({ length: count }, (_, i) => {
        const bits = (first << 3) + (i << (24 - prefix));
        return `${(bits >> 8).toString(16)}:${((bits & 0xff) << 8).toString(16)}::/${prefix}`;
      }),
    ),
);
const MAX_SHARE = { v4: 10, v6: 0.01 };
const shareOf = (addresses: Measured['addresses'], family: 'v4' | 'v6') =>
  (Number(addressCount(addresses[family])) / Number(ANYBODYS[family])) * 100;

describe('whatever the guard applies', () => {
  it('is no large part of the Internet, also as a first copy and as the first addresses of a family', () => {
    let [applied, refused] = [0, 0];
    fc.assert(
      fc.property(wide, fc.array(wide, { maxLength: 2 }), list, fc.boolean(), (one, more, few, isFirst) => {
        const before = sieved(few.filter((text) => !text.includes(':')));
        const copy = sieved([...one, ...more.flat()]);
        const reason = refusal(copy, guard, isFirst ? undefined : before);
        if (reason !== undefined) {
          refused += 1;
          return;
        }
        applied += 1;
        for (const family of ['v4', 'v6'] as const) {
          expect(shareOf(copy.addresses, family)).toBeLessThanOrEqual(MAX_SHARE[family]);
        }
      }),
      { numRuns: 500 },
    );
    expect(applied).toBeGreaterThan(50);
    expect(refused).toBeGreaterThan(50);
  });

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
            expect(shareOf(copy.addresses, family)).toBeLessThanOrEqual(MAX_SHARE[family]);
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
  const eights = (count: number) => Array.from({ length: count }, (_, i) => `${11 + i}.0.0.0/8`);
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
    ['a first copy with 22 of the 221 /8 there are', eights(22), undefined, undefined],
    [
      'one with 23',
      eights(23),
      undefined,
      "it has 10.408 % of all IPv4 addresses that can be anybody's (maxShare.ipv4 10)",
    ],
    [
      'the first addresses of a family that are many',
      [...lines(40), ...Array.from({ length: 7 }, (_, i) => `2a10:${(i << 13).toString(16)}::/19`)],
      lines(40),
      "it has 0.011 % of all IPv6 addresses that can be anybody's (maxShare.ipv6 0.01)",
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

  it("counts as anybody's only what can be, and as much of it as it is told to", () => {
    const all = Array.from({ length: 8 }, (_, i) => `2a10:${(i << 13).toString(16)}::/19`);
    const more = { ...guard, maxShare: { ipv4: 10, ipv6: 0.5 } };
    expect(refusal(sieved(all), guard, undefined)).toContain('maxShare.ipv6');
    expect(refusal(sieved(all), more, undefined)).toBeUndefined();
    const sieve = new Sieve({ ...rules!, guard: { ...guard, bogons: 'accept' } }, []);
    for (const candidate of candidatesOf(rules!, '10.0.0.0/8\n224.0.0.0/3\nfc00::/7')) sieve.take(candidate);
    const copy = sieve.done();
    const addresses = addressesOf(copy.listed);
    expect(refusal({ ...copy, problem: undefined, entries: 3, addresses }, guard, undefined)).toBeUndefined();
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
