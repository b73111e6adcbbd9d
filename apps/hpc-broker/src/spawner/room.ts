import type { Free } from './protocol.ts';

export interface Need {
  cores: number;
  memoryMiB: number;
  gpus: number;
}

/** What is taken: cores and memory are counted, GPUs are handed out one by one. */
export class Room {
  #all: Free = { cores: 0, memoryMiB: 0, gpus: 0 };
  #cores = 0;
  #memoryMiB = 0;
  readonly #gpus = new Set<number>();

  resize({ cores, memoryMiB, gpus }: Free): void {
    this.#all = { cores, memoryMiB, gpus };
  }

  free(): Free {
    return {
      cores: this.#all.cores - this.#cores,
      memoryMiB: this.#all.memoryMiB - this.#memoryMiB,
      gpus: this.#all.gpus - this.#gpus.size,
    };
  }

  /** Undefined: it fits. `forGood`: it is more than there is at all. */
  refusal(need: Need): { reason: string; forGood: boolean } | undefined {
    const free = this.free();
    for (const [kind, what] of [
      ['cores', 'cores'],
      ['memoryMiB', 'MiB of memory'],
      ['gpus', 'GPUs'],
    ] as const) {
      if (need[kind] <= free[kind]) continue;
      const all = this.#all[kind];
      if (need[kind] > all)
        return { reason: `it needs ${need[kind]} ${what}, and there are ${all}`, forGood: true };
      return {
        reason: `it needs ${need[kind]} ${what}, and ${free[kind]} of ${all} are free`,
        forGood: false,
      };
    }
    return undefined;
  }

  /** The indexes of its GPUs. */
  take({ cores, memoryMiB, gpus }: Need): number[] {
    this.#cores += cores;
    this.#memoryMiB += memoryMiB;
    const indexes: number[] = [];
    for (let at = 0; indexes.length < gpus && at < this.#all.gpus; at += 1) {
      if (!this.#gpus.has(at)) indexes.push(at);
    }
    for (const index of indexes) this.#gpus.add(index);
    return indexes;
  }

  /** What an attempt has that was started by another spawner. */
  takeAgain({ cores, memoryMiB, gpus }: Omit<Need, 'gpus'> & { gpus: readonly number[] }): void {
    this.#cores += cores;
    this.#memoryMiB += memoryMiB;
    for (const index of gpus) this.#gpus.add(index);
  }

  giveBack({ cores, memoryMiB, gpus }: Omit<Need, 'gpus'> & { gpus: readonly number[] }): void {
    this.#cores -= cores;
    this.#memoryMiB -= memoryMiB;
    for (const index of gpus) this.#gpus.delete(index);
  }
}
