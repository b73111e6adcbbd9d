/** Hours of a month, as AWS bills it. */
export const MONTH_HOURS = 730;

/** Reclaims a second, of a share that is reclaimed in a month: they come at random (Poisson). */
export function reclaimRate(monthlyShare: number): number {
  return -Math.log(1 - monthlyShare) / (MONTH_HOURS * 3_600);
}

interface Loss {
  /** Seconds of work. */
  work: number;
  /** Reclaims a second. */
  rate: number;
  /** Seconds from a reclaim until it works again. */
  restart: number;
}

/**
 * Expected time of work that starts anew after each reclaim: (1/λ + R)(e^λW − 1).
 *
 * An attempt gets through with e^−λW, so e^λW − 1 of them fail; each takes 1/λ − W·e^−λW/(1 − e^−λW) until
 * then, and R until the next; with the W of the last one that is the sum (Duda 1983, "The effects of
 * checkpointing on program execution time", Information Processing Letters 16).
 */
export function withoutCheckpoints({ work, rate, restart }: Loss): number {
  return rate === 0 ? work : (1 / rate + restart) * Math.expm1(rate * work);
}

/**
 * Expected time of work that writes a checkpoint of C seconds after each τ of work:
 * T = (W + C·W/τ) / (1 − λ(τ/2 + R)).
 *
 * A reclaim loses half an interval and R, and λT of them come, also while checkpoints are written:
 * T = W + C·W/τ + λT(τ/2 + R). Infinity: it loses faster than it works. Work that is shorter than τ
 * writes none.
 */
export function withCheckpoints(loss: Loss, interval: number, cost: number): number {
  const { work, rate, restart } = loss;
  if (work <= interval) return withoutCheckpoints(loss);
  const kept = 1 - rate * (interval / 2 + restart);
  return kept <= 0 ? Number.POSITIVE_INFINITY : (work + (cost * work) / interval) / kept;
}

/** The same where it is written when the notice of a reclaim comes, so that only C and R are lost. */
export function withNotice({ work, rate, restart }: Loss, cost: number): number {
  const kept = 1 - rate * (cost + restart);
  return kept <= 0 ? Number.POSITIVE_INFINITY : work / kept;
}

/** τ* = √(2C/λ), the interval that loses least (Young 1974, Communications of the ACM 17). */
export function youngInterval(cost: number, rate: number): number {
  return Math.sqrt((2 * cost) / rate);
}

/** The chance of more than so many reclaims, if so many are expected (Poisson). */
export function chanceOfMore(budget: number, expected: number): number {
  let term = Math.exp(-expected);
  let upTo = term;
  for (let n = 1; n <= budget; n++) {
    term *= expected / n;
    upTo += term;
  }
  return Math.max(0, 1 - upTo);
}

/** Beyond it e^−x is 0 for a computer. */
const MOST_COUNTED = 700;

/**
 * The most reclaims that any one of so many places has, but for a chance of `chance`: the least k with
 * places · P(more than k) <= chance (Boole's inequality). Where they are too many to be counted, k is that of
 * Bernstein's bound, P(more than μ + x) <= exp(−x²/(2μ + 2x/3)), which is somewhat more.
 */
export function reclaimsOfOne(places: number, expected: number, chance: number): number {
  if (expected > MOST_COUNTED) {
    const log = Math.log(places / chance);
    return Math.ceil(expected + log / 3 + Math.sqrt((log / 3) ** 2 + 2 * expected * log));
  }
  let k = 0;
  // What is left of 1 by rounding is no chance any more.
  while (places * chanceOfMore(k, expected) > Math.max(chance, places * 1e-12)) k++;
  return k;
}
