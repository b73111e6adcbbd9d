/** 11 bits: 3 passes per word, and counters that stay in the first-level cache. */
const DIGIT_BITS = 11;
const BUCKETS = 2 ** DIGIT_BITS;

/**
 * Places of addresses in ascending order; equal ones keep the order they had (radix
 * sort, least significant digit first). `order` is what to begin with, if not 0, 1, 2 ….
 */
export function sortedOrder(
  words: Uint32Array,
  count: number,
  width: number,
  order: Uint32Array = ascending(count),
): Uint32Array {
  let from = order;
  let to: Uint32Array = new Uint32Array(count);
  for (let word = width - 1; word >= 0; word -= 1) {
    for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
      const places = bucketPlaces(words, count, width, word, shift);
      if (places === undefined) continue;
      for (let i = 0; i < count; i += 1) {
        const index = from[i]!;
        const bucket = (words[index * width + word]! >>> shift) & (BUCKETS - 1);
        to[places[bucket]!++] = index;
      }
      [from, to] = [to, from];
    }
  }
  return from;
}

/** Where each bucket begins; undefined when all are in one and there is nothing to sort by. */
function bucketPlaces(
  words: Uint32Array,
  count: number,
  width: number,
  word: number,
  shift: number,
): Uint32Array | undefined {
  const places = new Uint32Array(BUCKETS);
  for (let at = word; at < count * width; at += width) places[(words[at]! >>> shift) & (BUCKETS - 1)]! += 1;
  let sum = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
    const size = places[bucket]!;
    if (size === count) return undefined;
    places[bucket] = sum;
    sum += size;
  }
  return places;
}

function ascending(count: number): Uint32Array {
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i += 1) order[i] = i;
  return order;
}
