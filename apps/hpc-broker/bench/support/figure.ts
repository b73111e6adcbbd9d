/** What is taken of the runner's settings. */
export interface Settings {
  rounds?: number | undefined;
  entries?: number | undefined;
}

/** One line of the result, as tools/bench prints it. */
export interface Figure {
  what: string;
  measured: string;
  /** What it must keep to, in words; and whether it did. */
  limit?: string;
  held?: boolean;
}

export function cpu(what: string, milliseconds: number): Figure {
  return { what, measured: `${milliseconds.toFixed(2)} ms of CPU` };
}

/** A goal is told and not judged: a rate says as much of the machine, and of who else is busy on it. */
export function rate(what: string, perSecond: number, goal?: number): Figure {
  const measured = `${perSecond.toFixed(0)}/s`;
  return { what, measured, ...(goal === undefined ? {} : { limit: `goal when idle: ${goal}/s` }) };
}

export function ratio(what: string, value: number, limit: { atMost: number } | { atLeast: number }): Figure {
  const isMost = 'atMost' in limit;
  return {
    what,
    measured: `${value.toFixed(2)} ×`,
    limit: isMost ? `at most ${limit.atMost} ×` : `at least ${limit.atLeast} ×`,
    // NaN breaks a limit too.
    held: isMost ? value <= limit.atMost : value >= limit.atLeast,
  };
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);
