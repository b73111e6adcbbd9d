import { attemptName, type AttemptId } from '../domain/jobs/attempt-name.ts';
import type { Shipping } from '../output/shipping.ts';
import type { Dispatching } from '../ports/dispatching.ts';
import type { Engine } from '../ports/engine.ts';
import type { Seen } from '../ports/ledger.ts';
import type { Attend } from './attend.ts';
import type { UnderWay } from './under-way.ts';

export interface ResultsParts {
  engine: Engine;
  dispatching: Dispatching;
  underWay: UnderWay;
  attend: Attend;
  shipping: Shipping | undefined;
  vanishedMs: number;
}

/** How often everything that is under way is looked at, should a hint have been lost, in ms. */
const LOOK_ALL_MS = 10_000;

/**
 * From what the engine has seen to what is written down: it is looked at; what has succeeded and has outputs
 * is kept back until they are stored; what was written is shipped; the ends are written down; and only
 * then the engine forgets.
 */
export class Results {
  readonly #parts: ResultsParts;
  readonly #changed = new Set<string>();
  /** What has ended without the engine's word, or after it. */
  readonly #ended = new Map<string, Seen>();
  readonly #forgetting = new Set<string>();
  #lookedAt = performance.now();

  constructor(parts: ResultsParts) {
    this.#parts = parts;
  }

  /** `names`: what the engine has heard of. */
  resume(open: readonly AttemptId[], names: readonly string[]): void {
    this.changed(names);
    this.#parts.shipping?.resume(open.map(idOf));
  }

  changed(names: readonly string[]): void {
    for (const name of names) this.#changed.add(name);
  }

  ended(one: Seen): void {
    this.#ended.set(attemptName(one), one);
  }

  /** It has ended, and that is about to be written down. */
  has(name: string): boolean {
    return this.#ended.has(name);
  }

  /** How many have ended. */
  async take(): Promise<number> {
    const { underWay } = this.#parts;
    const all = performance.now() - this.#lookedAt > LOOK_ALL_MS;
    if (all) this.#lookedAt = performance.now();
    const names = all ? underWay.names() : [...this.#changed];
    this.#changed.clear();
    if (names.length + this.#ended.size + this.#forgetting.size === 0) return 0;
    const told = [...this.#ended.values()];
    try {
      told.push(...(await this.#look(names)));
      return await this.#write(told);
    } catch (error) {
      // Nobody tells of them a second time.
      this.changed(names);
      throw error;
    }
  }

  async #look(names: readonly string[]): Promise<Seen[]> {
    if (names.length === 0) return [];
    const { engine, underWay, attend, vanishedMs } = this.#parts;
    const sightings = await engine.look(names);
    return underWay.seen(names, sightings, Date.now(), { vanishedMs }).map((one) => {
      const placed = underWay.get(attemptName(one));
      if (placed === undefined) return one;
      const told = attend.seen(placed, one);
      if (told.sighting.state !== one.sighting.state) underWay.gone(attemptName(one));
      return told;
    });
  }

  async #write(told: readonly Seen[]): Promise<number> {
    const { engine, dispatching, underWay, shipping } = this.#parts;
    const ended = told.filter(({ sighting }) => sighting.state === 'ended');
    for (const one of told) if (one.sighting.state === 'running') shipping?.follow(idOf(one));
    await shipping?.finish(ended.map(idOf));
    if (told.length > 0) await dispatching.write(told);
    for (const name of ended.map(attemptName)) {
      underWay.gone(name);
      this.#ended.delete(name);
      this.#forgetting.add(name);
    }
    const forgetting = [...this.#forgetting];
    if (forgetting.length > 0) await engine.forget(forgetting);
    for (const name of forgetting) this.#forgetting.delete(name);
    return ended.length;
  }
}

/** Without what else is known of it. */
const idOf = ({ job, element, number }: AttemptId): AttemptId => ({ job, element, number });
