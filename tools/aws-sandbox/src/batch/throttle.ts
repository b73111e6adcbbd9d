import { batchError } from './error.ts';

/** SubmitJob calls a second, per account: fixed. https://docs.aws.amazon.com/batch/latest/userguide/service_limits.html */
const PER_SECOND = 50;

/** A bucket that holds a second's worth. */
export class SubmitThrottle {
  readonly #now: () => number;
  #tokens = PER_SECOND;
  #at: number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#at = now();
  }

  take(): void {
    const now = this.#now();
    this.#tokens = Math.min(PER_SECOND, this.#tokens + ((now - this.#at) / 1_000) * PER_SECOND);
    this.#at = now;
    if (this.#tokens < 1) throw batchError.throttled();
    this.#tokens -= 1;
  }
}
