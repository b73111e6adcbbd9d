import type { Instance } from '../processes/instance.ts';
import { residentBytes } from './usage.ts';

/** Of the resident memory, by which the end may be above the second minute. */
const MOST_GROWTH = 0.15;
/** A process that lives shorter than this at the end is not judged, in ms: it is still getting warm. */
const SHORTEST_MS = 240_000;
const SECOND_MINUTE = [60_000, 120_000] as const;

interface Sample {
  life: number;
  /** Since it was ready, in ms. */
  age: number;
  at: number;
  bytes: number;
}

export interface MemoryVerdict {
  text: string;
  hasGrown: boolean;
}

/** Resident memory of each instance, once a second. */
export class Memory {
  readonly #samples = new Map<Instance, Sample[]>();
  readonly #began = performance.now();

  sample(instances: readonly Instance[]): void {
    for (const instance of instances) {
      if (instance.state !== 'up' || instance.pid === undefined) continue;
      const samples = this.#samples.get(instance) ?? [];
      this.#samples.set(instance, samples);
      const now = performance.now();
      try {
        const bytes = residentBytes(instance.pid);
        samples.push({ life: instance.life, age: now - instance.startedAt, at: now, bytes });
      } catch {
        // It has ended at this moment.
      }
    }
  }

  /** The last tenth of the run against the second minute of the process that is there at the end. */
  verdicts(): MemoryVerdict[] {
    const now = performance.now();
    const lastFrom = now - (now - this.#began) / 10;
    return [...this.#samples].map(([{ name, life, startedAt }, samples]) => {
      const own = samples.filter((sample) => sample.life === life);
      const late = median(own.filter(({ at }) => at >= lastFrom));
      const early = median(own.filter(({ age }) => age >= SECOND_MINUTE[0] && age < SECOND_MINUTE[1]));
      const mib = (bytes: number | undefined): string =>
        bytes === undefined ? '–' : (bytes / 2 ** 20).toFixed(1);
      const age = now - startedAt;
      const isJudged = early !== undefined && late !== undefined && age >= SHORTEST_MS;
      const growth = isJudged ? late / early - 1 : undefined;
      const said = growth === undefined ? 'too young to be judged' : `${(growth * 100).toFixed(1)} %`;
      const years = `in its ${(age / 1_000).toFixed(0)} s`;
      const text = `${name} resident MiB: second minute ${mib(early)}, last tenth ${mib(late)}: ${said} ${years} (≤ ${MOST_GROWTH * 100} %)`;
      return { text, hasGrown: growth !== undefined && growth > MOST_GROWTH };
    });
  }
}

function median(samples: readonly Sample[]): number | undefined {
  return samples.map(({ bytes }) => bytes).toSorted((a, b) => a - b)[Math.floor(samples.length / 2)];
}
