import type { JobSpec, PlanAnswer } from '@groundwork/contracts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { planFor } from './plan.ts';
import { questionOf } from './question.ts';
import type { PlannerSettings } from './settings.ts';

/** Ten thousand jobs of one kind are planned once. A plan takes some kilobytes. */
const KEPT = 500;

/**
 * Plans that were made, by what matters of their jobs; the one that was not asked for longest goes first.
 * Another catalogue, other engines or another calibration, each by identity, start it anew: give it a new
 * object when something has changed in one.
 */
export class PlanMemo {
  readonly #kept: number;
  #plans = new Map<string, PlanAnswer>();
  #madeOf: readonly unknown[] = [];

  constructor(kept = KEPT) {
    this.#kept = kept;
  }

  plan(spec: JobSpec, catalogue: Catalogue, settings: PlannerSettings): PlanAnswer {
    const madeOf = [catalogue, settings.engines, settings.calibration, settings.region];
    if (madeOf.some((one, i) => one !== this.#madeOf[i])) {
      this.#plans.clear();
      this.#madeOf = madeOf;
    }
    const job = questionOf(spec, settings.now);
    const key = JSON.stringify(job);
    const known = this.#plans.get(key);
    if (known !== undefined) this.#plans.delete(key);
    const answer = known ?? planFor(job, catalogue, settings);
    this.#plans.set(key, answer);
    if (this.#plans.size > this.#kept) {
      const oldest = this.#plans.keys().next();
      if (oldest.done !== true) this.#plans.delete(oldest.value);
    }
    return answer;
  }
}
