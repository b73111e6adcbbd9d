/** How long an instance that refused a connection is asked last, in ms. */
const PENALTY_MS = 2_000;

/** The instances of one service, taken in turn; those that just failed come last. */
export class Upstreams {
  readonly urls: readonly URL[];
  readonly #failedAt = new Map<string, number>();
  readonly #now: () => number;
  #turn = 0;

  constructor(urls: readonly string[], now: () => number = () => performance.now()) {
    this.urls = urls.map((url) => new URL(url));
    this.#now = now;
  }

  /** All instances in the order in which to try them. */
  candidates(): URL[] {
    const start = this.#turn++ % Math.max(1, this.urls.length);
    const inTurn = [...this.urls.slice(start), ...this.urls.slice(0, start)];
    const failing = (url: URL) => this.#now() - (this.#failedAt.get(url.href) ?? -PENALTY_MS) < PENALTY_MS;
    return [...inTurn.filter((url) => !failing(url)), ...inTurn.filter(failing)];
  }

  failed(url: URL): void {
    this.#failedAt.set(url.href, this.#now());
  }
}
