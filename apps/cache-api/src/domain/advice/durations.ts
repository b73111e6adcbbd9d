const SMALLEST_MS = 0.001;
/** Each bin is 5 % wider than the one before: what is read from it is at most 2.5 % off. */
const STEP = Math.log(1.05);
/** Up to 5 minutes. */
export const BINS = 400;

export function binOf(ms: number): number {
  if (ms <= SMALLEST_MS) return 0;
  return Math.min(BINS - 1, Math.round(Math.log(ms / SMALLEST_MS) / STEP));
}

const msOf = (bin: number): number => SMALLEST_MS * Math.exp(bin * STEP);

/** How long things took, by weight. */
export class Durations {
  readonly #bins = new Float64Array(BINS);
  #weight = 0;

  addBin(bin: number, weight: number): void {
    this.#bins[bin]! += weight;
    this.#weight += weight;
  }

  add(ms: number, weight = 1): void {
    this.addBin(binOf(ms), weight);
  }

  /** In ms; `share` from 0 to 1. 0 when there is nothing. */
  quantile(share: number): number {
    let left = share * this.#weight;
    if (this.#weight === 0) return 0;
    for (let bin = 0; bin < BINS; bin += 1) {
      left -= this.#bins[bin]!;
      if (left <= 0 && this.#bins[bin]! > 0) return msOf(bin);
    }
    return msOf(BINS - 1);
  }
}
