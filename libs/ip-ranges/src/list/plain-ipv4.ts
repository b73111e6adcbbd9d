import { DOT, NEWLINE, RETURN, SLASH, SPACE, TAB, ZERO } from '../address/bytes.ts';
import type { EntryList } from '../set/entries.ts';

/** Larger weights leave the fast path. */
const MAX_WEIGHT = 1e8;
/** `255.255.255.255/32 999999999\r\n`: that far the loop may look without asking for the end. */
const LONGEST = 32;

/** All ones for a digit, all zeros for another byte. */
const digitMask = (value: number): number => ~((value | (9 - value)) >> 31);

/**
 * Nearly every line of a feed is an IPv4 address or CIDR in its plainest form, perhaps
 * with a weight. Such lines are read here in one pass, into `list`; at the first one
 * that is anything else, or near the end, this stops, and the careful parser says what
 * it is. Answers with where it stopped.
 *
 * How many digits a number has cannot be foreseen, and a processor that guesses wrong
 * loses more time than all the rest takes. So there is no branch on it: three bytes are
 * taken, and those behind the number are masked out.
 */
export function readPlainIpv4(bytes: Uint8Array, from: number, list: EntryList): number {
  const end = bytes.length - LONGEST;
  let line = from;
  while (line < end) {
    let at = line;
    let value = 0;
    for (let dots = 0; ; dots += 1) {
      const first = (bytes[at]! - ZERO) | 0;
      const second = (bytes[at + 1]! - ZERO) | 0;
      const third = (bytes[at + 2]! - ZERO) | 0;
      const hasSecond = digitMask(second);
      const hasThird = digitMask(third) & hasSecond;
      const two = first + ((Math.imul(first, 9) + second) & hasSecond);
      const number = two + ((Math.imul(two, 9) + third) & hasThird);
      // Not a digit, a leading zero, or too large.
      if (first >>> 0 > 9 || (first === 0 && hasSecond !== 0) || number > 255) return line;
      value = (value << 8) | number;
      at += 1 - hasSecond - hasThird;
      if (dots === 3) break;
      if (bytes[at] !== DOT) return line;
      at += 1;
    }
    let byte = bytes[at]!;
    let host = 0;
    if (byte === SLASH) {
      const first = (bytes[at + 1]! - ZERO) | 0;
      const second = (bytes[at + 2]! - ZERO) | 0;
      const hasSecond = digitMask(second);
      const length = first + ((Math.imul(first, 9) + second) & hasSecond);
      if (first >>> 0 > 9 || (first === 0 && hasSecond !== 0) || length > 32) return line;
      host = length === 0 ? -1 : 2 ** (32 - length) - 1;
      if ((value & host) !== 0) return line;
      at += 2 - hasSecond;
      byte = bytes[at]!;
    }
    let weight = 1;
    if (byte === TAB || byte === SPACE) {
      weight = 0;
      const begin = at + 1;
      for (byte = bytes[(at = begin)]!; digitMask(byte - ZERO) !== 0; byte = bytes[(at += 1)]!) {
        weight = weight * 10 + byte - ZERO;
        if (weight > MAX_WEIGHT) return line;
      }
      if (at === begin) return line;
    }
    if (byte === RETURN) byte = bytes[(at += 1)]!;
    if (byte !== NEWLINE) return line;
    list.addIpv4(value, value | host, weight);
    line = at + 1;
  }
  return line;
}
