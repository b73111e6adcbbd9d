const KEPT = 256;

/** The last few times that were measured, in ms; before there are any, what is assumed. */
export class Recent {
  readonly #times = new Float32Array(KEPT);
  #added = 0;
  readonly #assumedMs: number;

  constructor(assumedMs: number) {
    this.#assumedMs = assumedMs;
  }

  get isMeasured(): boolean {
    return this.#added > 0;
  }

  add(ms: number): void {
    this.#times[this.#added % KEPT] = ms;
    this.#added += 1;
  }

  get values(): Float32Array {
    return this.isMeasured
      ? this.#times.slice(0, Math.min(KEPT, this.#added))
      : Float32Array.of(this.#assumedMs);
  }
}

export function meanOf(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
