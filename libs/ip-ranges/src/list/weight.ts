import { digit, isBlank } from '../address/bytes.ts';

/** More digits would not be exact in a double. */
const MAX_DIGITS = 15;

/** The whole number in [from, to), or 1 when there is none; -1 for anything else. */
export function readWeight(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && isBlank(bytes[at])) at += 1;
  if (at === to) return 1;
  if (to - at > MAX_DIGITS) return -1;
  let value = 0;
  for (; at < to; at += 1) {
    const next = digit(bytes[at]);
    if (next > 9) return -1;
    value = value * 10 + next;
  }
  return value;
}
