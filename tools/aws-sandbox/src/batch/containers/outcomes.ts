import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Run } from '../lifecycle/world.ts';

/** How containers end without being run: which, and how. */
export const OutcomeSpec = z.strictObject({
  /** A job's id, that of a child or a node (`id:3`, `id#1`) too; or its name, which may end in `*`. */
  job: z.string().optional(),
  name: z.string().optional(),
  /** Which child of an array, or node. */
  index: z.int().min(0).optional(),
  /** Which attempt; the first is 1. */
  attempt: z.int().min(1).optional(),
  exitCode: z.int().min(0).max(255).default(0),
  /** Of the container, such as `OutOfMemoryError: Container killed due to memory usage`. */
  reason: z.string().max(255).optional(),
  /** Instead of `Essential container in task exited`. */
  statusReason: z.string().optional(),
  /** Lines of its log. */
  output: z.array(z.string()).default([]),
  /** How long it runs; by default as long as the setting says. */
  runningMs: z.int().min(0).max(86_400_000).optional(),
  /** Only SIGKILL ends it. */
  ignoresSigterm: z.boolean().default(false),
  /** It does not get to RUNNING: `CannotPullContainerError: …`. */
  cannotStart: z.string().max(255).optional(),
  /** Ends after it has been used this often. */
  times: z.int().min(1).optional(),
});
export type OutcomeInput = z.input<typeof OutcomeSpec>;
export type Outcome = z.infer<typeof OutcomeSpec> & { id: string; used: number };

/** Those in force; of two that match, the later one counts. */
export class Outcomes {
  #all: Outcome[] = [];

  add(spec: OutcomeInput): Outcome {
    const outcome = { ...OutcomeSpec.parse(spec), id: randomUUID(), used: 0 };
    this.#all.push(outcome);
    return outcome;
  }

  list(): readonly Outcome[] {
    return this.#all;
  }

  clear(): void {
    this.#all = [];
  }

  has(run: Run): boolean {
    return this.#find(run) !== undefined;
  }

  /** Counts as used. */
  take(run: Run): Outcome | undefined {
    const outcome = this.#find(run);
    if (outcome !== undefined) outcome.used += 1;
    return outcome;
  }

  #find({ job, attempt }: Run): Outcome | undefined {
    return this.#all.findLast(
      (one) =>
        (one.times === undefined || one.used < one.times) &&
        (one.job === undefined || one.job === job.id) &&
        (one.index === undefined || one.index === job.index) &&
        (one.name === undefined || isLike(job.spec.name, one.name)) &&
        (one.attempt === undefined || one.attempt === attempt),
    );
  }
}

const isLike = (text: string, pattern: string): boolean =>
  pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern;
