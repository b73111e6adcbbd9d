/** A block of a small universe: offset and size. */
export type Block = readonly [from: number, size: number];

/** Every set of disjoint aligned blocks: 5 for 2 addresses, 26 for 4, 677 for 8, 458,330 for 16. */
export function everyChoice(size: number, from = 0): Block[][] {
  if (size === 1) return [[], [[from, 1]]];
  const left = everyChoice(size / 2, from);
  const right = everyChoice(size / 2, from + size / 2);
  return [[[from, size]], ...left.flatMap((a) => right.map((b) => [...a, ...b]))];
}

/** The largest aligned blocks that a span consists of. */
export function blocksOf([first, last]: readonly [number, number], size: number, from = 0): Block[] {
  if (first > from + size - 1 || last < from) return [];
  if (first <= from && last >= from + size - 1) return [[from, size]];
  return [...blocksOf([first, last], size / 2, from), ...blocksOf([first, last], size / 2, from + size / 2)];
}

/**
 * The weight of each address, 0 where none is listed: that of an entry is spread evenly
 * over it; a block within another one adds its weight to that one. NaN marks unlisted.
 */
export function weightsByOffset(
  pairs: readonly (readonly [number, number])[],
  weights: readonly number[],
  size: number,
): number[] {
  const blocks = pairs.flatMap((pair, i) =>
    blocksOf(pair, size).map((block) => ({
      block,
      weight: ((weights[i] ?? 1) * block[1]) / (pair[1] - pair[0] + 1),
    })),
  );
  const byOffset = Array.from({ length: size }, () => Number.NaN);
  const isIn = ([from, length]: Block, [around, aroundLength]: Block): boolean =>
    around <= from && from + length <= around + aroundLength;
  for (const { block, weight } of blocks) {
    const outermost = blocks
      .map((other) => other.block)
      .filter((other) => isIn(block, other))
      .reduce((a, b) => (b[1] > a[1] ? b : a));
    for (let at = outermost[0]; at < outermost[0] + outermost[1]; at += 1) {
      byOffset[at] = (Number.isNaN(byOffset[at]) ? 0 : byOffset[at]!) + weight / outermost[1];
    }
  }
  return byOffset;
}
