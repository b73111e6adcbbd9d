/**
 * Addresses are unsigned 32-bit words in typed arrays, most significant first: one
 * word for IPv4, four for IPv6. One array holds many; `index` counts addresses, not
 * words. The same code serves both families, without a BigInt on any hot path.
 */
export type Family = 4 | 6;

export const wordsOf = (family: Family): 1 | 4 => (family === 4 ? 1 : 4);
export const bitsOf = (family: Family): 32 | 128 => (family === 4 ? 32 : 128);

/** Negative, zero or positive, as for `sort`. */
export function compare(a: Uint32Array, i: number, b: Uint32Array, j: number, width: number): number {
  for (let w = 0; w < width; w += 1) {
    const x = a[i * width + w]!;
    const y = b[j * width + w]!;
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}

export function copy(from: Uint32Array, i: number, to: Uint32Array, j: number, width: number): void {
  for (let w = 0; w < width; w += 1) to[j * width + w] = from[i * width + w]!;
}

/** In place; false when it was the highest address, which becomes the lowest. */
export function increment(words: Uint32Array, index: number, width: number): boolean {
  for (let at = index * width + width - 1; at >= index * width; at -= 1) {
    const next = (words[at]! + 1) >>> 0;
    words[at] = next;
    if (next !== 0) return true;
  }
  return false;
}

/** In place; the lowest address becomes the highest. */
export function decrement(words: Uint32Array, index: number, width: number): void {
  for (let at = index * width + width - 1; at >= index * width; at -= 1) {
    const old = words[at]!;
    words[at] = old - 1;
    if (old !== 0) return;
  }
}

/** In place; false when it passes the highest address. */
export function addPowerOfTwo(words: Uint32Array, index: number, width: number, power: number): boolean {
  let at = index * width + width - 1 - (power >>> 5);
  if (at < index * width) return false;
  const sum = words[at]! + 2 ** (power & 31);
  words[at] = sum;
  if (sum < 2 ** 32) return true;
  for (at -= 1; at >= index * width; at -= 1) {
    const next = (words[at]! + 1) >>> 0;
    words[at] = next;
    if (next !== 0) return true;
  }
  return false;
}

/** Number of leading bits that two addresses share. */
export function commonBits(a: Uint32Array, i: number, b: Uint32Array, j: number, width: number): number {
  for (let w = 0; w < width; w += 1) {
    const difference = a[i * width + w]! ^ b[j * width + w]!;
    if (difference !== 0) return w * 32 + Math.clz32(difference);
  }
  return width * 32;
}

/** Number of zero bits at the end. */
export function trailingZeros(words: Uint32Array, index: number, width: number): number {
  for (let w = width - 1; w >= 0; w -= 1) {
    const word = words[index * width + w]!;
    if (word !== 0) return (width - 1 - w) * 32 + 31 - Math.clz32(word & -word);
  }
  return width * 32;
}

/** Number of one bits at the end. */
export function trailingOnes(words: Uint32Array, index: number, width: number): number {
  for (let w = width - 1; w >= 0; w -= 1) {
    const zeros = ~words[index * width + w]!;
    if (zeros !== 0) return (width - 1 - w) * 32 + 31 - Math.clz32(zeros & -zeros);
  }
  return width * 32;
}

/** In place: every bit after the first `length` becomes `bit`. True when that changed one. */
export function fillHostBits(
  words: Uint32Array,
  index: number,
  width: number,
  length: number,
  bit: 0 | 1,
): boolean {
  let changed = false;
  for (let w = length >>> 5; w < width; w += 1) {
    const kept = Math.max(0, length - w * 32);
    const mask = kept === 0 ? 0xffff_ffff : 2 ** (32 - kept) - 1;
    const word = words[index * width + w]!;
    const filled = (bit === 1 ? word | mask : word & ~mask) >>> 0;
    changed ||= filled !== word;
    words[index * width + w] = filled;
  }
  return changed;
}

export function toBigInt(words: Uint32Array, index: number, width: number): bigint {
  let value = BigInt(words[index * width]!);
  for (let w = 1; w < width; w += 1) value = (value << 32n) | BigInt(words[index * width + w]!);
  return value;
}

export function fromBigInt(value: bigint, words: Uint32Array, index: number, width: number): void {
  for (let w = width - 1, rest = value; w >= 0; w -= 1, rest >>= 32n) {
    words[index * width + w] = Number(rest & 0xffff_ffffn);
  }
}
