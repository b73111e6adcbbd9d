/** What is taken of the runner's settings. */
export interface Settings {
  dataDir?: string;
  entries?: number;
}

/** One line of the result, as tools/bench prints it. */
export interface Figure {
  what: string;
  measured: string;
  /** What it must keep to, in words; and whether it did. */
  limit?: string;
  held?: boolean;
}

export function atMost(what: string, value: number, limit: number, unit = ''): Figure {
  return { what, measured: `${round(value)}${unit}`, limit: `at most ${limit}${unit}`, held: value <= limit };
}

export function atLeast(what: string, value: number, limit: number, unit = ''): Figure {
  return {
    what,
    measured: `${round(value)}${unit}`,
    limit: `at least ${limit}${unit}`,
    held: value >= limit,
  };
}

export function exactly(what: string, value: number | string, limit: number | string): Figure {
  return { what, measured: String(value), limit: `exactly ${limit}`, held: value === limit };
}

export function only(what: string, value: number, unit = ''): Figure {
  return { what, measured: `${round(value)}${unit}` };
}

const round = (value: number): string =>
  Number.isInteger(value) || value >= 100 ? value.toFixed(0) : value.toPrecision(2);
