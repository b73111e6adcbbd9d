/** What is taken of the runner's settings. */
export interface Settings {
  dataDir?: string;
  entries?: number;
  rounds?: number;
}

/** One line of the result, as tools/bench prints it. */
export interface Figure {
  what: string;
  measured: string;
  /** What it must keep to, in words; and whether it did. */
  limit?: string;
  held?: boolean;
}

/** A figure that must be at least, or at most, so large. */
export function limited(
  what: string,
  value: number,
  unit: string,
  bound: { atLeast: number } | { atMost: number },
): Figure {
  const [word, limit, held] =
    'atLeast' in bound
      ? ['at least', bound.atLeast, value >= bound.atLeast]
      : ['at most', bound.atMost, value <= bound.atMost];
  return { what, measured: `${round(value)}${unit}`, limit: `${word} ${limit}${unit}`, held };
}

export const round = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

/** Outputs that differ make every figure worthless. */
export function mustBeSame(what: string, ours: string, theirs: string): void {
  if (ours !== theirs) throw new Error(`${what} makes something else of it than this library does`);
}
