import type { Prefixes } from '../set/prefixes.ts';
import { COLON, DOT, NEWLINE, SLASH, ZERO } from './bytes.ts';
import { bitsOf, commonBits, trailingOnes, trailingZeros, wordsOf, type Family } from './words.ts';

/** `255.255.255.255/32` and `ffff:…:ffff/128`, each with its end of line. */
const LONGEST = { 4: 19, 6: 44 };
const ascii = new TextDecoder();

/** Canonical: IPv6 as in RFC 5952, section 4. */
export function formatAddress(family: Family, words: Uint32Array, index = 0): string {
  const bytes = new Uint8Array(LONGEST[family] + 2);
  return ascii.decode(bytes.subarray(0, writeAddress(family, words, index, bytes, 0)));
}

/** CIDRs, one per line; single addresses with their /32 or /128 too. */
export function formatPrefixes({ family, count, address, length }: Prefixes): Uint8Array {
  // Two more, see writeDecimal.
  const bytes = new Uint8Array(count * LONGEST[family] + 2);
  let at = 0;
  for (let i = 0; i < count; i += 1) {
    at = writeAddress(family, address, i, bytes, at);
    bytes[at] = SLASH;
    at = writeDecimal(length[i]!, bytes, at + 1);
    bytes[at] = NEWLINE;
    at += 1;
  }
  return bytes.subarray(0, at);
}

/** One text per prefix. */
export function prefixTexts(prefixes: Prefixes): string[] {
  const texts = ascii.decode(formatPrefixes(prefixes)).split('\n');
  texts.pop();
  return texts;
}

/** A single address without a prefix, a block as CIDR, anything else as `a-b`. */
export function formatWords(family: Family, first: Uint32Array, last: Uint32Array): string {
  const length = blockLength(family, first, last);
  const from = formatAddress(family, first);
  if (length === bitsOf(family)) return from;
  return length < 0 ? `${from}-${formatAddress(family, last)}` : `${from}/${length}`;
}

/** Prefix length of the one block that goes from `first` to `last`; -1 when it takes several. */
function blockLength(family: Family, first: Uint32Array, last: Uint32Array): number {
  const width = wordsOf(family);
  const length = commonBits(first, 0, last, 0, width);
  const host = bitsOf(family) - length;
  return trailingZeros(first, 0, width) >= host && trailingOnes(last, 0, width) >= host ? length : -1;
}

function writeAddress(
  family: Family,
  words: Uint32Array,
  index: number,
  bytes: Uint8Array,
  from: number,
): number {
  if (family === 6) return writeIpv6(words, index * wordsOf(6), bytes, from);
  const value = words[index]!;
  let at = writeDecimal(value >>> 24, bytes, from);
  for (let shift = 16; shift >= 0; shift -= 8) {
    bytes[at] = DOT;
    at = writeDecimal((value >>> shift) & 255, bytes, at + 1);
  }
  return at;
}

/** Each number from 0 to 255 as three bytes, of which the fourth says how many count. */
const DECIMALS = Uint8Array.from({ length: 256 * 4 }, (_, i) => {
  const text = String(i >> 2);
  return i % 4 === 3 ? text.length : text.charCodeAt(i % 4);
});

/** Always three bytes, so that there is no branch to guess; what is too much is written over. */
function writeDecimal(value: number, bytes: Uint8Array, at: number): number {
  bytes[at] = DECIMALS[value * 4]!;
  bytes[at + 1] = DECIMALS[value * 4 + 1]!;
  bytes[at + 2] = DECIMALS[value * 4 + 2]!;
  return at + DECIMALS[value * 4 + 3]!;
}

function writeIpv6(words: Uint32Array, word: number, bytes: Uint8Array, from: number): number {
  const group = (i: number): number => (words[word + (i >> 1)]! >>> (i % 2 === 0 ? 16 : 0)) & 0xffff;
  // The longest run of two zeros or more becomes `::`, the first of equals.
  let [gap, gapLength] = [8, 1];
  for (let i = 0, run = 0; i < 8; i += 1) {
    run = group(i) === 0 ? run + 1 : 0;
    if (run > gapLength) [gap, gapLength] = [i + 1 - run, run];
  }
  let at = from;
  for (let i = 0; i < 8; i += 1) {
    if (i === gap) {
      bytes[at++] = COLON;
      if (i + gapLength === 8) bytes[at++] = COLON;
      i += gapLength - 1;
    } else {
      if (i > 0) bytes[at++] = COLON;
      at = writeHex(group(i), bytes, at);
    }
  }
  return at;
}

/** 0 to ffff, in lower case, without leading zeros. */
function writeHex(value: number, bytes: Uint8Array, from: number): number {
  let at = from;
  for (let shift = value > 0xfff ? 12 : value > 0xff ? 8 : value > 0xf ? 4 : 0; shift >= 0; shift -= 4) {
    const nibble = (value >>> shift) & 15;
    bytes[at++] = nibble < 10 ? ZERO + nibble : 87 + nibble;
  }
  return at;
}
