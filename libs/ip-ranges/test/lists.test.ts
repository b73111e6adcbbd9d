import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ListParser, parseList, toCidrs, toSet, type ParsedList } from '../src/index.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const cidrs = (text: string): string[] => toCidrs(toSet(parseList(text)));

/** Without the difference between an array and a view of a longer one. */
const plain = ({ v4, v6, ...rest }: ParsedList) => ({
  ...rest,
  v4: { ...v4, first: [...v4.first], last: [...v4.last], weights: v4.weights && [...v4.weights] },
  v6: { ...v6, first: [...v6.first], last: [...v6.last], weights: v6.weights && [...v6.weights] },
});

describe('a list', () => {
  it('has one entry per line, and comments', () => {
    const list = parseList(
      [
        '# feed',
        '192.0.2.1',
        '',
        '  ; nothing',
        '198.51.100.0/24 ; SBL1',
        '2001:db8::/32 # doc',
        '10.0.0.1 - 10.0.0.4',
      ].join('\n'),
    );
    expect(list).toMatchObject({ lines: 7, blank: 3, problems: [], notes: [] });
    expect(list.v4.count).toBe(3);
    expect(toCidrs(toSet(list))).toEqual([
      '10.0.0.1/32',
      '10.0.0.2/31',
      '10.0.0.4/32',
      '192.0.2.1/32',
      '198.51.100.0/24',
      '2001:db8::/32',
    ]);
  });

  it('may have weights behind the entries; those without weigh 1', () => {
    const lines = [
      '192.0.2.1\t9',
      '192.0.2.2',
      '2001:db8::1 3',
      '2001:db8::2',
      '10.0.0.0-10.0.0.9 25 # x',
      '192.0.2.3   0',
    ];
    const list = parseList(lines.join('\n'));
    expect(list.problems).toEqual([]);
    expect([...(list.v4.weights ?? [])]).toEqual([9, 1, 25, 0]);
    expect([...(list.v6.weights ?? [])]).toEqual([3, 1]);
    expect(parseList('192.0.2.1\n').v4.weights).toBeUndefined();
  });

  it('names every line that it does not understand, by number, and takes all others', () => {
    const list = parseList(
      '1.1.1.1\r\nnonsense\r\n\r\n1.1.1.300 # 4\n1.1.1.2 abc\n1.1.1.3 -5\n1.1.1.4 1 2\n1.1.1.5',
    );
    expect(list.problems.map(({ line, code }) => [line, code])).toEqual([
      [2, 'not-an-address'],
      [4, 'number-over-255'],
      [5, 'unknown-text'],
      [6, 'not-four-numbers'],
      [7, 'unknown-text'],
    ]);
    expect(list).toMatchObject({ lines: 8, blank: 1 });
    expect(list.v4.count).toBe(2);
  });

  it('notes what it took otherwise than written, by line', () => {
    expect(parseList('1.1.1.1\n10.9.8.7/8\n::ffff:1.2.3.4').notes).toMatchObject([
      { line: 2, code: 'host-bits' },
      { line: 3, code: 'ipv4-mapped' },
    ]);
  });

  it.each([
    ['CRLF', '1.1.1.1\r\n1.1.1.2\r\n'],
    ['no end of the last line', '1.1.1.1\n1.1.1.2'],
    ['a byte order mark', '\uFEFF1.1.1.1\n1.1.1.2\n'],
    ['blanks around', '  1.1.1.1\n\t1.1.1.2 \n'],
  ])('may have %s', (_what, text) => {
    expect(cidrs(text)).toEqual(['1.1.1.1/32', '1.1.1.2/32']);
    expect(parseList(text)).toMatchObject({ lines: 2, blank: 0, problems: [] });
  });

  it('may be empty', () => {
    expect(parseList('')).toMatchObject({ lines: 0, blank: 0, problems: [] });
    expect(parseList('\n')).toMatchObject({ lines: 1, blank: 1, problems: [] });
    expect(cidrs('')).toEqual([]);
  });
});

describe('of any lines', () => {
  const octet = fc.oneof(fc.nat(255), fc.nat(300));
  const ipv4 = fc.tuple(octet, octet, octet, octet).map((octets) => octets.join('.'));
  const entry = fc.oneof(
    ipv4,
    fc.tuple(ipv4, fc.nat(34)).map(([address, length]) => `${address}/${length}`),
    fc.tuple(ipv4, fc.nat(1e9)).map(([address, weight]) => `${address} ${weight}`),
    fc.ipV6(),
    fc.constantFrom(
      '',
      '#',
      'x',
      '01.1.1.1',
      '1.1.1.01',
      '1.1.1.1/',
      '1.1.1.1/08',
      '0.0.0.0/0',
      '1.1.1.1 x',
      '1.1.1.1/24',
    ),
  );
  const lists = fc.tuple(
    fc.array(entry, { maxLength: 30 }),
    fc.constantFrom('\n', '\r\n'),
    fc.constantFrom('', '\uFEFF'),
  );

  it('each is an entry, a problem or blank', () => {
    fc.assert(
      fc.property(lists, ([lines, end]) => {
        const list = parseList(lines.map((line) => line + end).join(''));
        expect(list.lines).toBe(lines.length);
        expect(list.v4.count + list.v6.count + list.problems.length + list.blank).toBe(lines.length);
      }),
      { numRuns: 500 },
    );
  });

  it('the fast way and the careful way of reading them agree', () => {
    fc.assert(
      fc.property(lists, ([lines, end, mark]) => {
        const text = mark + lines.join(end);
        // A comment behind it sends every line the careful way; a long one at the end, none the fast way's end.
        const careful = mark + lines.map((line) => `${line} #`).join(end);
        const { notes: _a, ...fast } = plain(parseList(`${text}${end}#${'-'.repeat(64)}`));
        const { notes: _b, ...slow } = plain(parseList(`${careful}${end}#`));
        expect(fast).toEqual(slow);
      }),
      { numRuns: 500 },
    );
  });

  it('pieces that end anywhere make the same list', () => {
    fc.assert(
      fc.property(lists, fc.infiniteStream(fc.integer({ min: 1, max: 40 })), ([lines, end, mark], sizes) => {
        const bytes = bytesOf(mark + lines.join(end));
        const parser = new ListParser();
        // The same buffer again and again, as a stream may do.
        const buffer = new Uint8Array(40);
        for (let at = 0; at < bytes.length;) {
          const piece = bytes.subarray(at, at + (sizes.next().value ?? 1));
          buffer.set(piece);
          parser.push(buffer.subarray(0, piece.length));
          at += piece.length;
        }
        expect(plain(parser.end())).toEqual(plain(parseList(bytes)));
      }),
      { numRuns: 500 },
    );
  });
});
