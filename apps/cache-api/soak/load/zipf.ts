/** Numbers from 0 below `count`, the k-th as often as 1/k^skew; what is drawn is an index. */
export function zipf(count: number, skew = 0.9): () => number {
  const sums: number[] = [];
  let sum = 0;
  for (let rank = 1; rank <= count; rank += 1) sums.push((sum += rank ** -skew));
  return () => {
    const drawn = Math.random() * sum;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle]! < drawn) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

export const oneOf = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)]!;
export const chance = (share: number): boolean => Math.random() < share;
