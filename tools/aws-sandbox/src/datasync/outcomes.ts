import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Outcome } from './lifecycle.ts';

/** What is to come of the executions that start from now on. */
export const OutcomeSpec = z.strictObject({
  /** ARN or name of the task; without it of any. */
  task: z.string().optional(),
  files: z.int().min(0).default(1_000),
  bytes: z.int().min(0).default(1_000_000_000),
  error: z
    .strictObject({
      code: z.string().default('DataTransferFailed'),
      detail: z.string().default('The transfer failed.'),
      during: z.enum(['LAUNCHING', 'PREPARING', 'TRANSFERRING', 'VERIFYING']).default('TRANSFERRING'),
    })
    .optional(),
  /** Ends after so many executions. */
  times: z.int().min(1).optional(),
});
export type OutcomeInput = z.input<typeof OutcomeSpec>;
type Rule = z.output<typeof OutcomeSpec> & { id: string; used: number };

const USUAL: Outcome = { files: 1_000, bytes: 1_000_000_000 };

/** Of two that match, the later one counts. */
export class DataSyncOutcomes {
  #rules: Rule[] = [];

  add(spec: z.output<typeof OutcomeSpec>): Rule {
    const rule = { ...spec, id: randomUUID(), used: 0 };
    this.#rules.push(rule);
    return rule;
  }

  list(): readonly Rule[] {
    return this.#rules;
  }

  clear(): void {
    this.#rules = [];
  }

  take(task: { arn: string; name: string | undefined }): Outcome {
    const rule = this.#rules.findLast(
      ({ task: of, times, used }) =>
        (of === undefined || of === task.arn || of === task.name) && (times === undefined || used < times),
    );
    if (rule === undefined) return USUAL;
    rule.used += 1;
    return { files: rule.files, bytes: rule.bytes, error: rule.error };
  }
}
