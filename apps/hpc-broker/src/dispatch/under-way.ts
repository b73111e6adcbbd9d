import { attemptName } from '../domain/jobs/attempt-name.ts';
import type { Placement, Sighting } from '../ports/engine.ts';
import type { Placed, Seen } from '../ports/ledger.ts';

/** After so long that nothing was seen of what an engine had taken, it is given up. */
export interface Patience {
  vanishedMs: number;
}

/**
 * What one engine has to do: first in line what is written down and it has not been handed, then what it has.
 *
 * States of an attempt here: waiting → handed → gone (its end is written down, or its outputs are being
 * stored: attend.ts). After a start what the engine has heard of is handed, and everything else waits.
 */
export class UnderWay {
  readonly #waiting = new Map<string, Placed>();
  readonly #handed = new Map<string, Placed>();
  readonly #missingSince = new Map<string, number>();

  add(placed: readonly Placed[]): void {
    for (const one of placed) this.#waiting.set(attemptName(one), one);
  }

  /** How many of them have inputs, which have been brought. */
  get staged(): number {
    let count = 0;
    for (const { spec } of this.#waiting.values()) if (spec.inputs.length > 0) count += 1;
    return count;
  }

  handed(name: string): void {
    const one = this.#waiting.get(name);
    if (one === undefined) return;
    this.#waiting.delete(name);
    this.#handed.set(name, one);
    this.#missingSince.delete(name);
  }

  /** The engine has not taken them, or nobody knows: they are first in line again. What has ended since is not. */
  back(names: readonly string[]): void {
    const again = names.flatMap((name) => {
      const one = this.#handed.get(name);
      return one === undefined ? [] : [[name, { ...one, isFirst: false }] as const];
    });
    for (const [name] of again) this.#handed.delete(name);
    const others = [...this.#waiting];
    this.#waiting.clear();
    for (const [name, one] of [...again, ...others]) this.#waiting.set(name, one);
  }

  gone(name: string): void {
    this.#waiting.delete(name);
    this.#handed.delete(name);
    this.#missingSince.delete(name);
  }

  get(name: string): Placed | undefined {
    return this.#handed.get(name) ?? this.#waiting.get(name);
  }

  /** The same object until it is handed over. */
  waitingFor(name: string): Placed | undefined {
    return this.#waiting.get(name);
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** In the order in which they were placed: what is large is not passed by what is small. */
  next(fits: (one: Placed) => boolean, most: number): Placement[] {
    const placements: Placement[] = [];
    for (const [name, one] of this.#waiting) {
      if (placements.length === most || !fits(one)) break;
      const { spec, job, element, number: attempt, isFirst, purchase } = one;
      placements.push({ name, spec, job, element, attempt, isFirst, purchase: purchase ?? undefined });
    }
    return placements;
  }

  names(): string[] {
    return [...this.#handed.keys()];
  }

  *specs(): Generator<Placed> {
    yield* this.#waiting.values();
  }

  /** What is to be written down of what was seen, and of what was not, for too long. */
  seen(
    names: readonly string[],
    sightings: ReadonlyMap<string, Sighting>,
    nowMs: number,
    patience: Patience,
  ): Seen[] {
    return names.flatMap((name): Seen[] => {
      const one = this.#handed.get(name);
      if (one === undefined) return [];
      const { job, element, number } = one;
      const sighting = sightings.get(name);
      if (sighting !== undefined) {
        this.#missingSince.delete(name);
        return [{ job, element, number, sighting }];
      }
      const since = this.#missingSince.get(name) ?? nowMs;
      this.#missingSince.set(name, since);
      if (nowMs - since < patience.vanishedMs) return [];
      const reason = 'its engine does not know of it any more, and nobody saw its end';
      return [
        {
          job,
          element,
          number,
          sighting: { state: 'ended', ending: { by: 'lost', reason }, endedAt: new Date(nowMs) },
        },
      ];
    });
  }
}
