import type { SlurmClient, SlurmJob } from './slurm-client.ts';

export interface JobList {
  /** When Slurm was asked for it, by performance.now(). */
  askedAt: number;
  of(name: string, task?: number): readonly SlurmJob[];
  all: readonly SlurmJob[];
}

/**
 * What squeue says, asked for once for all who want it at the same time. Slurm's controller has one lock for all of
 * its users, so after an answer it is left alone for several times as long as that took.
 */
export class JobLists {
  readonly #client: Pick<SlurmClient, 'jobs'>;
  readonly #restShare: number;
  #latest: JobList | undefined;
  #asking: Promise<JobList> | undefined;
  #quietUntil = -Infinity;

  constructor(client: Pick<SlurmClient, 'jobs'>, restShare = 4) {
    this.#client = client;
    this.#restShare = restShare;
  }

  /** One that was asked for at most `maxAgeMs` ago; 0: after this call. */
  async get(maxAgeMs: number): Promise<JobList> {
    const oldest = performance.now() - maxAgeMs;
    while (true) {
      if (this.#latest !== undefined && this.#latest.askedAt >= oldest) return this.#latest;
      this.#asking ??= this.#ask().finally(() => (this.#asking = undefined));
      await this.#asking;
    }
  }

  async #ask(): Promise<JobList> {
    const rest = this.#quietUntil - performance.now();
    if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
    const askedAt = performance.now();
    const all = await this.#client.jobs();
    const took = performance.now() - askedAt;
    this.#quietUntil = performance.now() + this.#restShare * took;
    const byName = Map.groupBy(all, ({ name, task }) => keyOf(name, task));
    this.#latest = { askedAt, all, of: (name, task) => byName.get(keyOf(name, task)) ?? [] };
    return this.#latest;
  }
}

const keyOf = (name: string, task: number | undefined): string =>
  task === undefined ? name : `${name} ${task}`;
