import { COLON, digit, DOT, find, hexDigit, PERCENT } from './bytes.ts';
import type { ProblemCode } from './problems.ts';
import type { Family } from './words.ts';

/**
 * Reads the one address that fills [from, to) into `words`, from its first word on.
 * Strict: what two programs could read differently is refused (RFC 6943, section 3.1.1).
 */
export function readAddress(
  bytes: Uint8Array,
  from: number,
  to: number,
  words: Uint32Array,
): Family | ProblemCode {
  if (from >= to) return 'empty';
  if (find(bytes, COLON, from, to) >= 0) return readIpv6(bytes, from, to, words);
  const value = readIpv4(bytes, from, to);
  if (typeof value === 'string') return value;
  words[0] = value;
  return 4;
}

function readIpv4(bytes: Uint8Array, from: number, to: number): number | ProblemCode {
  let value = 0;
  let numbers = 0;
  let ambiguous = false;
  let large = false;
  for (let at = from; at <= to; at += 1) {
    const begin = at;
    let number = 0;
    for (; at < to && digit(bytes[at]) <= 9; at += 1) number = Math.min(256, number * 10 + digit(bytes[at]));
    if (at === begin || (at < to && bytes[at] !== DOT)) return 'not-an-address';
    ambiguous ||= at - begin > 1 && digit(bytes[begin]) === 0;
    large ||= number > 255;
    value = ((value << 8) | number) >>> 0;
    numbers += 1;
  }
  if (numbers !== 4) return 'not-four-numbers';
  if (ambiguous) return 'leading-zero';
  return large ? 'number-over-255' : value;
}

/** RFC 4291, section 2.2: eight groups; `::` once, for the zeros left out; the last two may be IPv4. */
function readIpv6(bytes: Uint8Array, from: number, to: number, words: Uint32Array): 6 | ProblemCode {
  if (find(bytes, PERCENT, from, to) >= 0) return 'zone-id';
  const groups = [0, 0, 0, 0, 0, 0, 0, 0];
  let count = 0;
  /** Number of groups before `::`. */
  let gap = -1;
  let at = from;
  if (bytes[at] === COLON) {
    if (at + 1 === to || bytes[at + 1] !== COLON) return 'not-an-address';
    gap = 0;
    at += 2;
  }
  while (at < to) {
    const begin = at;
    let group = 0;
    for (; at < to && hexDigit(bytes[at]) <= 15; at += 1) group = (group << 4) | hexDigit(bytes[at]);
    if (at < to && bytes[at] === DOT && count <= 6) {
      const value = readIpv4(bytes, begin, to);
      if (typeof value === 'string') return value;
      groups[count] = value >>> 16;
      groups[count + 1] = value & 0xffff;
      count += 2;
      break;
    }
    if (count === 8 || at === begin || at - begin > 4) return 'not-an-address';
    groups[count] = group;
    count += 1;
    if (at === to) break;
    if (bytes[at] !== COLON || at + 1 === to) return 'not-an-address';
    at += 1;
    if (bytes[at] === COLON) {
      if (gap >= 0) return 'not-an-address';
      gap = count;
      at += 1;
    }
  }
  if (gap < 0 ? count !== 8 : count === 8) return 'not-an-address';
  const moved = gap < 0 ? 8 : gap;
  for (let word = 0; word < 4; word += 1) {
    words[word] =
      (groupAt(groups, count, moved, word * 2) << 16) | groupAt(groups, count, moved, word * 2 + 1);
  }
  return 6;
}

/** Group `i` of eight, those from `gap` on moved to the end. */
function groupAt(groups: readonly number[], count: number, gap: number, i: number): number {
  if (i < gap) return groups[i]!;
  const from = i - (8 - count);
  return from < gap ? 0 : groups[from]!;
}
