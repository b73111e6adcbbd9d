import type { z } from 'zod';
import { ProblemError } from './problems.ts';

export interface FieldIssue {
  /** jobs.0.resources.cores */
  path: string;
  message: string;
}

/** Named in one sentence; `issues` of a problem has all of them. */
const NAMED = 5;

/** Parses a body, query or parameters; a mismatch becomes a 400 that lists every field. */
export function validate<S extends z.ZodType>(schema: S, value: unknown, where: string): z.infer<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = issuesOf(result.error, where);
  throw new ProblemError('invalid_request', `The ${where} is not valid: ${issuesText(issues)}.`, { issues });
}

/** What is wrong, field by field; `whole` names what is wrong as a whole. */
export function issuesOf(error: z.ZodError, whole: string): FieldIssue[] {
  return error.issues.map(({ path, message }) => ({ path: path.map(String).join('.') || whole, message }));
}

/** The first few in one sentence, and how many there are besides. */
export function issuesText(issues: readonly FieldIssue[]): string {
  const named = issues.slice(0, NAMED).map(({ path, message }) => `${path}: ${message}`);
  const more = issues.length - named.length;
  return [...named, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}
