import type { JobDetail } from '@aws-sdk/client-batch';
import { attemptOf, sizeOfArray } from '../array-groups.ts';
import type { BatchClient } from './batch-client.ts';

/** What DescribeJobs takes at once. */
const AT_ONCE = 100;

export interface KnownJob {
  /** Of an element of an array: `{array}:{index}`. */
  id: string;
  walltimeSeconds: number | undefined;
  /** By performance.now(). */
  submittedAt: number;
}

interface Told {
  detail: JobDetail | undefined;
  at: number;
}

/** Which of Batch's jobs an attempt is, and what Batch has said of it. */
export class KnownJobs {
  readonly #client: BatchClient;
  readonly #queues: () => readonly string[];
  readonly #jobs = new Map<string, KnownJob>();
  readonly #told = new Map<string, Told>();

  constructor(client: BatchClient, queues: () => readonly string[]) {
    this.#client = client;
    this.#queues = queues;
  }

  get(name: string): KnownJob | undefined {
    return this.#jobs.get(name);
  }

  set(name: string, job: KnownJob): void {
    this.#jobs.set(name, job);
  }

  delete(name: string): void {
    const job = this.#jobs.get(name);
    if (job !== undefined) this.#told.delete(job.id);
    this.#jobs.delete(name);
  }

  names(): IterableIterator<string> {
    return this.#jobs.keys();
  }

  /** Looks for jobs by the names of attempts that nothing is known of here: of those of one job with one question. */
  async find(names: readonly string[]): Promise<void> {
    const unknown = names.filter((name) => !this.#jobs.has(name));
    if (unknown.length === 0) return;
    const wanted = new Set(unknown);
    const patterns = new Set(
      unknown.map((name) => /^([0-9a-f-]{36})-\d+-\d+$/.exec(name)?.[1]?.concat('-*') ?? name),
    );
    for (const queue of this.#queues()) {
      for (const pattern of patterns) {
        for (const { id, name } of await this.#client.named(queue, pattern)) {
          const size = sizeOfArray(name);
          const tasks = size === 1 ? [undefined] : Array.from({ length: size }, (_, at) => at);
          for (const task of tasks) {
            const attempt = attemptOf({ name, task });
            if (!wanted.has(attempt) || this.#jobs.has(attempt)) continue;
            const own = task === undefined ? id : `${id}:${task}`;
            this.#jobs.set(attempt, { id: own, walltimeSeconds: undefined, submittedAt: -Infinity });
          }
        }
      }
    }
  }

  /** What Batch says of them, asked for at most `maxAgeMs` ago; what has ended is not asked for again. */
  async details(names: readonly string[], maxAgeMs: number): Promise<Map<string, JobDetail | undefined>> {
    const oldest = performance.now() - maxAgeMs;
    const ids = names.flatMap((name) => this.#jobs.get(name)?.id ?? []);
    const due = [...new Set(ids)].filter((id) => {
      const told = this.#told.get(id);
      return told === undefined || (!isOver(told.detail) && told.at < oldest);
    });
    const parts: string[][] = [];
    for (let at = 0; at < due.length; at += AT_ONCE) parts.push(due.slice(at, at + AT_ONCE));
    await Promise.all(
      parts.map(async (part) => {
        const at = performance.now();
        const found = new Map((await this.#client.describe(part)).map((one) => [one.jobId, one]));
        for (const id of part) this.#told.set(id, { detail: found.get(id), at });
      }),
    );
    return new Map(
      names.flatMap((name) => {
        const job = this.#jobs.get(name);
        return job === undefined ? [] : [[name, this.#told.get(job.id)?.detail] as const];
      }),
    );
  }
}

const isOver = (detail: JobDetail | undefined): boolean =>
  detail?.status === 'SUCCEEDED' || detail?.status === 'FAILED';
