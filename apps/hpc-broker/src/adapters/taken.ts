import type { Takes } from '../domain/jobs/takes.ts';
import type { Capacity } from '../ports/engine.ts';

/** How many looks it goes on handing over ahead of what has ended in the last one. */
const AHEAD_LOOKS = 2;

/** What attempts have of an engine that does not say itself what is free for us. */
export class Taken {
  /** `at`: since when the engine has it, by performance.now(); undefined: it is being asked. */
  readonly #taken = new Map<string, Takes & { at: number | undefined }>();
  #ended = 0;
  #ahead = 0;

  /** Before the engine is asked. */
  take(name: string, takes: Takes): void {
    this.#taken.set(name, { ...takes, at: undefined });
  }

  /** The engine has it. */
  taken(name: string): void {
    const takes = this.#taken.get(name);
    if (takes !== undefined) takes.at = performance.now();
  }

  giveBack(name: string): void {
    this.#taken.delete(name);
  }

  release(hasEnded: (name: string, takenAt: number) => boolean): void {
    for (const [name, { at }] of this.#taken) {
      if (at !== undefined && hasEnded(name, at)) this.ended(name);
    }
  }

  ended(name: string): void {
    this.#ended += this.#taken.get(name)?.cores ?? 0;
    this.#taken.delete(name);
  }

  /**
   * Where many end between two looks, as many more wait in the engine's own queue, so that its machines need not
   * wait for us.
   */
  looked(): void {
    this.#ahead = Math.max(this.#ended * AHEAD_LOOKS, Math.floor(this.#ahead / 2));
    this.#ended = 0;
  }

  /** Of so much. */
  left(all: Takes): Pick<Capacity, 'freeCores' | 'freeMemoryMiB' | 'freeGpus' | 'aheadCores'> {
    const taken = [...this.#taken.values()];
    const left = (of: keyof Takes): number => all[of] - taken.reduce((sum, one) => sum + one[of], 0);
    return {
      freeCores: Math.max(0, left('cores')),
      freeMemoryMiB: Math.max(0, left('memoryMiB')),
      freeGpus: Math.max(0, left('gpus')),
      aheadCores: Math.max(0, this.#ahead + Math.min(0, left('cores'))),
    };
  }
}
