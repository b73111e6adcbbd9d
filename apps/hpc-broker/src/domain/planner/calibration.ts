/** How long attempts of a shape took, each against what was modelled for it; the latest, at most 31. */
export interface Calibration {
  observations: number;
  recent: readonly number[];
}

export interface Factor {
  /** The middle one: half of them took longer. */
  median: number;
  /** Nine of ten took no longer. */
  p90: number;
  observations: number;
}

const KEPT = 31;
/** Of fewer, one freak would be a fifth of all that is known. */
const LEAST = 5;

export const NOTHING_OBSERVED: Calibration = { observations: 0, recent: [] };

/**
 * Adds one attempt. `modelledSeconds` is that of the option: before calibration, so that a factor is not
 * taken of a factor.
 *
 * The middle of the latest ones is used, not a moving average: one attempt that hung until its walltime is
 * common, and moves an average by its whole length, but the middle hardly; up to half of the observations
 * may be wrong before it is (Hampel 1971, breakdown point). Old ones go, so that a new version of a program
 * is learned within 16 runs.
 *
 * Throws RangeError when either time is not positive.
 */
export function observed(before: Calibration, modelledSeconds: number, actualSeconds: number): Calibration {
  if (!(modelledSeconds > 0) || !(actualSeconds > 0) || !Number.isFinite(actualSeconds / modelledSeconds)) {
    throw new RangeError(`Times must be positive: modelled ${modelledSeconds} s, actual ${actualSeconds} s`);
  }
  return {
    observations: before.observations + 1,
    recent: [...before.recent, actualSeconds / modelledSeconds].slice(-KEPT),
  };
}

/** Undefined while too little has been seen to go by it. */
export function factorOf(calibration: Calibration | undefined): Factor | undefined {
  if (calibration === undefined || calibration.recent.length < LEAST) return undefined;
  const sorted = calibration.recent.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 1;
  return { median: at(0.5), p90: at(0.9), observations: calibration.observations };
}
