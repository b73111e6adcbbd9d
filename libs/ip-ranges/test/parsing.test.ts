import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { format, parse, type IpRange, type NoteCode, type ProblemCode } from '../src/index.ts';
import { rangeOf, spans, universes } from './support/universe.ts';

/** What a text is read as, in canonical form; or the code of the problem. */
function read(text: string): string {
  const parsed = parse(text);
  return parsed.ok ? format(parsed.range) : parsed.problem.code;
}

describe('an address, CIDR or range is read and written canonically', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['203.0.113.7/32', '203.0.113.7'],
    ['  203.0.113.0/24\t\r\n', '203.0.113.0/24'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['0.0.0.0-255.255.255.255', '0.0.0.0/0'],
    ['255.255.255.255', '255.255.255.255'],
    ['10.0.0.0-10.0.0.255', '10.0.0.0/24'],
    ['10.0.0.1 - 10.0.0.2', '10.0.0.1-10.0.0.2'],
    ['10.0.0.7-10.0.0.7', '10.0.0.7'],
    ['::', '::'],
    ['::/0', '::/0'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
    ['fe80::-fe80::ffff', 'fe80::/112'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:102:304'],
    ['::1:1.2.3.4', '::1:102:304'],
    ['::1.2.3.4', '::102:304'],
    ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ])('%j is %s', (text, canonical) => {
    expect(read(text)).toBe(canonical);
    expect(read(canonical)).toBe(canonical);
  });

  it('in any place of both address spaces', () => {
    fc.assert(
      fc.property(universes(12), spans(12, 1), (universe, [pair = [0, 4095] as const]) => {
        const range = rangeOf(universe, pair);
        expect(parse(format(range))).toMatchObject({ ok: true, range, notes: [] });
      }),
      { numRuns: 1_000 },
    );
  });

  it('and of any shape', () => {
    const group = fc.oneof(fc.constant(0n), fc.constant(0xffffn), fc.bigInt({ min: 0n, max: 0xffffn }));
    const groups = fc.array(group, { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(groups, fc.nat(128), (parts, length) => {
        const host = (1n << BigInt(128 - length)) - 1n;
        const address = parts.reduce((value, part) => (value << 16n) | part, 0n);
        fc.pre(address >> 32n !== 0xffffn && (address & ~host) >> 32n !== 0xffffn);
        const range: IpRange = { family: 6, first: address & ~host, last: address | host };
        const text = format(range);
        expect(parse(text)).toMatchObject({ ok: true, range, notes: [] });
        // What a browser makes of it: an independent implementation of RFC 5952.
        const [written] = text.split('/');
        expect(new URL(`http://[${parts.map((part) => part.toString(16)).join(':')}]/`).hostname).toBe(
          `[${format({ family: 6, first: address, last: address })}]`,
        );
        expect(written).toMatch(/^[0-9a-f:]+$/);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('what is not literally meant is taken with a note', () => {
  it.each<[string, string, NoteCode[]]>([
    ['10.0.0.1/8', '10.0.0.0/8', ['host-bits']],
    ['2001:db8::1/32', '2001:db8::/32', ['host-bits']],
    ['::ffff:1.2.3.4', '1.2.3.4', ['ipv4-mapped']],
    ['::FFFF:102:304', '1.2.3.4', ['ipv4-mapped']],
    ['::ffff:10.0.0.0/104', '10.0.0.0/8', ['ipv4-mapped']],
    ['::ffff:10.0.0.1/104', '10.0.0.0/8', ['ipv4-mapped', 'host-bits']],
    ['::ffff:0.0.0.0/96', '0.0.0.0/0', ['ipv4-mapped']],
    ['::ffff:1.2.3.4-::ffff:1.2.3.9', '1.2.3.4-1.2.3.9', ['ipv4-mapped']],
  ])('%s is %s', (text, canonical, codes) => {
    const parsed = parse(text);
    expect(read(text)).toBe(canonical);
    expect(parsed.ok && parsed.notes.map(({ code }) => code)).toEqual(codes);
  });

  it('which says how it was read', () => {
    expect(parse('10.0.0.1/8')).toMatchObject({
      notes: [{ message: '"10.0.0.1/8" has host bits set; it was read as 10.0.0.0/8' }],
    });
  });
});

describe('what could mean two things, or nothing, is refused', () => {
  it.each<[string, ProblemCode]>([
    ['', 'empty'],
    [' \t', 'empty'],
    ['/24', 'empty'],
    ['example.com', 'not-an-address'],
    ['10.0.0.0/8/8', 'prefix-not-a-number'],
    ['1.2.3.4:80', 'not-an-address'],
    ['[::1]', 'not-an-address'],
    ['0x7f.0.0.1', 'not-an-address'],
    ['1.2.3.', 'not-an-address'],
    ['.1.2.3', 'not-an-address'],
    ['1..2.3', 'not-an-address'],
    ['1.2.3.4 5', 'not-an-address'],
    ['１.2.3.4', 'not-an-address'],
    ['16909060', 'not-four-numbers'],
    ['1.2.3', 'not-four-numbers'],
    ['1.2.3.4.5', 'not-four-numbers'],
    ['10.1/16', 'not-four-numbers'],
    ['010.1.1.1', 'leading-zero'],
    ['1.1.1.00', 'leading-zero'],
    ['256.1.1.1', 'number-over-255'],
    ['1.1.1.99999999999999999999', 'number-over-255'],
    ['fe80::1%eth0', 'zone-id'],
    ['fe80::1%eth0/64', 'zone-id'],
    ['10.0.0.0/33', 'prefix-too-long'],
    ['::/129', 'prefix-too-long'],
    ['10.0.0.0/', 'prefix-not-a-number'],
    ['10.0.0.0/08', 'prefix-not-a-number'],
    ['10.0.0.0/-1', 'range-with-prefix'],
    ['10.0.0.0/255.0.0.0', 'prefix-not-a-number'],
    ['::ffff:0:0/95', 'mapped-prefix-too-short'],
    ['10.0.0.2-10.0.0.1', 'range-reversed'],
    ['::2-::1', 'range-reversed'],
    ['1.2.3.4-::1', 'range-of-two-families'],
    ['::1-::ffff:1.2.3.4', 'range-of-two-families'],
    ['10.0.0.0/8-10.1.0.0', 'range-with-prefix'],
    ['1.2.3.4-', 'not-an-address'],
    ['-', 'not-an-address'],
    [':', 'not-an-address'],
    [':::', 'not-an-address'],
    ['1::2::3', 'not-an-address'],
    ['1:2:3:4:5:6:7', 'not-an-address'],
    ['1:2:3:4:5:6:7:8:9', 'not-an-address'],
    ['1:2:3:4:5:6:7:8::', 'not-an-address'],
    ['1:2:3:4::5:6:7:8', 'not-an-address'],
    ['::12345', 'not-an-address'],
    [':1:2:3:4:5:6:7:8', 'not-an-address'],
    ['1:2:3:4:5:6:7:', 'not-an-address'],
    ['1:2:3:4:5:6:7:1.2.3.4', 'not-an-address'],
    ['::1.2.3.4:5', 'not-an-address'],
    ['::ffff:010.1.1.1', 'leading-zero'],
    ['::g', 'not-an-address'],
  ])('%j: %s', (text, code) => {
    expect(read(text)).toBe(code);
  });

  it('in a sentence that says how to mend it, cut where the text has no end', () => {
    const parsed = parse('010.1.1.1');
    expect(parsed).toEqual({
      ok: false,
      problem: {
        code: 'leading-zero',
        message: '"010.1.1.1" has a leading zero, which some programs read as octal; write it without',
      },
    });
    const endless = parse('x'.repeat(100_000));
    expect(!endless.ok && endless.problem.message.length).toBeLessThan(250);
  });

  it('and nothing at all makes it throw', () => {
    const piece = fc.constantFrom(
      '1',
      '0',
      '255',
      '256',
      '.',
      ':',
      '::',
      '/',
      '-',
      '%',
      'f',
      'ffff',
      ' ',
      '32',
      'é',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const parsed = parse(pieces.join(''));
        if (parsed.ok) expect(parse(format(parsed.range))).toMatchObject({ ok: true, range: parsed.range });
        else expect(parsed.problem.message).not.toBe('');
      }),
      { numRuns: 3_000 },
    );
  });
});
