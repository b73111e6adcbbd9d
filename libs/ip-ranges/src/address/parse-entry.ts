import { DASH, digit, find, isBlank, SLASH } from './bytes.ts';
import { readAddress } from './parse-address.ts';
import type { NoteCode, ProblemCode } from './problems.ts';
import { bitsOf, compare, fillHostBits, wordsOf, type Family } from './words.ts';

/** What one text says: all addresses from `first` to `last`. Reused from one text to the next. */
export interface Entry {
  family: Family;
  /** Four words, of which IPv4 uses the first. */
  first: Uint32Array;
  last: Uint32Array;
  notes: NoteCode[];
}

export const newEntry = (): Entry => ({
  family: 4,
  first: new Uint32Array(4),
  last: new Uint32Array(4),
  notes: [],
});

/** Bits in front of an IPv4 address in an IPv4-mapped one: ::ffff:0:0/96. */
const MAPPED_BITS = 96;

/** An address, a CIDR or a range, in [from, to) without blanks around it. */
export function readEntry(
  bytes: Uint8Array,
  from: number,
  to: number,
  entry: Entry,
): ProblemCode | undefined {
  entry.notes.length = 0;
  const dash = find(bytes, DASH, from, to);
  const slash = find(bytes, SLASH, from, to);
  if (dash >= 0) {
    return slash >= 0 ? 'range-with-prefix' : readRange(bytes, from, dash, to, entry);
  }
  const kind = readAddress(bytes, from, slash < 0 ? to : slash, entry.first);
  if (typeof kind === 'string') return kind;
  entry.family = kind;
  let length = slash < 0 ? bitsOf(kind) : readPrefix(bytes, slash + 1, to);
  if (length < 0) return 'prefix-not-a-number';
  if (length > bitsOf(kind)) return 'prefix-too-long';
  if (isMapped(kind, entry.first)) {
    if (length < MAPPED_BITS) return 'mapped-prefix-too-short';
    unmap(entry);
    length -= MAPPED_BITS;
  }
  const width = wordsOf(entry.family);
  entry.last.set(entry.first);
  if (fillHostBits(entry.first, 0, width, length, 0)) entry.notes.push('host-bits');
  fillHostBits(entry.last, 0, width, length, 1);
  return undefined;
}

function readRange(
  bytes: Uint8Array,
  from: number,
  dash: number,
  to: number,
  entry: Entry,
): ProblemCode | undefined {
  let [end, begin] = [dash, dash + 1];
  while (end > from && isBlank(bytes[end - 1])) end -= 1;
  while (begin < to && isBlank(bytes[begin])) begin += 1;
  if (end === from || begin === to) return 'not-an-address';
  const first = readAddress(bytes, from, end, entry.first);
  if (typeof first === 'string') return first;
  const last = readAddress(bytes, begin, to, entry.last);
  if (typeof last === 'string') return last;
  const mapped = isMapped(first, entry.first);
  if (first !== last || mapped !== isMapped(last, entry.last)) return 'range-of-two-families';
  entry.family = first;
  if (mapped) unmap(entry);
  return compare(entry.first, 0, entry.last, 0, wordsOf(entry.family)) > 0 ? 'range-reversed' : undefined;
}

/** -1 for what is not a plain decimal number. */
function readPrefix(bytes: Uint8Array, from: number, to: number): number {
  if (from === to || to - from > 3 || (to - from > 1 && digit(bytes[from]) === 0)) return -1;
  let value = 0;
  for (let at = from; at < to; at += 1) {
    const next = digit(bytes[at]);
    if (next > 9) return -1;
    value = value * 10 + next;
  }
  return value;
}

const isMapped = (family: Family, words: Uint32Array): boolean =>
  family === 6 && words[0] === 0 && words[1] === 0 && words[2] === 0xffff;

function unmap(entry: Entry): void {
  entry.family = 4;
  entry.first[0] = entry.first[3]!;
  entry.last[0] = entry.last[3]!;
  entry.notes.push('ipv4-mapped');
}
