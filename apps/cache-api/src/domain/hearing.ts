/**
 * Whether this process hears what others invalidate. It says something on the bus again and again; when that
 * comes back, everything that was said before it has come too (the bus keeps its order). So while the last
 * one that came back was sent less than `maxStaleMs` ago, nothing in this process is older than that, whatever
 * was lost since. Monotonic clock of this process only.
 */
export class Hearing {
  readonly #maxStaleMs: number;
  readonly #now: () => number;
  readonly #sent = new Map<number, number>();
  #count = 0;
  #heardUntil = -Infinity;

  constructor(maxStaleMs: number, now: () => number = () => performance.now()) {
    this.#maxStaleMs = maxStaleMs;
    this.#now = now;
  }

  /** Number of the next one to be sent, now. */
  beat(): number {
    this.#count += 1;
    this.#sent.set(this.#count, this.#now());
    // What has not come back for so long does not matter any more.
    this.#sent.delete(this.#count - 1_000);
    return this.#count;
  }

  /** It has come back. */
  heard(beat: number): void {
    const sentAt = this.#sent.get(beat);
    if (sentAt === undefined) return;
    this.#heardUntil = Math.max(this.#heardUntil, sentAt);
    this.#sent.delete(beat);
  }

  /** What was sent over a connection that is gone does not count. */
  deafen(): void {
    this.#sent.clear();
    this.#heardUntil = -Infinity;
  }

  get isGood(): boolean {
    return this.#now() - this.#heardUntil < this.#maxStaleMs;
  }
}
