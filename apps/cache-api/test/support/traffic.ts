/** Chance that is the same in each run (mulberry32), 0 to 1. */
export function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Keys by Zipf's law: key `n` is asked for in proportion to `(n + 1) ** -skew`. */
export function zipf(keys: number, skew: number, random: () => number): () => number {
  const sums = new Float64Array(keys);
  let sum = 0;
  for (let key = 0; key < keys; key += 1) sums[key] = sum += (key + 1) ** -skew;
  return () => {
    const wanted = random() * sum;
    let low = 0;
    let high = keys - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sums[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

export const times = (count: number, next: (at: number) => number): number[] =>
  Array.from({ length: count }, (_, at) => next(at));
