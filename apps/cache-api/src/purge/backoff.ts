export interface BackoffOptions {
  /** In ms. */
  first: number;
  most: number;
  random?: () => number;
}

/**
 * When CloudFront may be asked again after failures: each time after twice as long, of which half is by chance, so
 * that those who were refused together do not come back together.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export class Backoff {
  readonly #options: BackoffOptions;
  #failures = 0;
  #until = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  get isOver(): boolean {
    return performance.now() >= this.#until;
  }

  failed(): void {
    const { first, most, random = Math.random } = this.#options;
    const full = Math.min(most, first * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 30);
    this.#until = performance.now() + (full / 2) * (1 + random());
  }

  succeeded(): void {
    this.#failures = 0;
  }
}
