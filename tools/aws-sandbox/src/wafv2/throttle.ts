import { AwsError } from '../http/aws-error.ts';

/** Calls per second, per account and region. https://docs.aws.amazon.com/waf/latest/developerguide/limits.html */
const RATES: readonly (readonly [RegExp, number])[] = [
  [/^(Create|Put|Update)/, 1],
  [/^(Get|List)/, 5],
];

/** One bucket per action and region, holding a second's worth. */
export class Throttle {
  readonly #spent = new Map<string, { tokens: number; at: number }>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Throws ThrottlingException when the action was called too often. */
  take(action: string, region: string): void {
    const rate = RATES.find(([pattern]) => pattern.test(action))?.[1];
    if (rate === undefined) return;
    const key = `${region} ${action}`;
    const now = this.#now();
    const before = this.#spent.get(key) ?? { tokens: rate, at: now };
    const tokens = Math.min(rate, before.tokens + ((now - before.at) / 1000) * rate);
    this.#spent.set(key, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now });
    if (tokens < 1) throw new AwsError(400, 'ThrottlingException', 'Rate exceeded');
  }
}
