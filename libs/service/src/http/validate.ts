import type { z } from 'zod';
import { ProblemError } from './problems.ts';

/** Parses a body, query or parameters; a mismatch becomes a 400 that lists every field. */
export function validate<S extends z.ZodType>(schema: S, value: unknown, where: string): z.infer<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) => ({
    path: issue.path.map(String).join('.') || where,
    message: issue.message,
  }));
  const first = issues[0];
  throw new ProblemError(
    'invalid_request',
    `The ${where} is not valid: ${first?.path ?? where}: ${first?.message ?? 'unknown'}.`,
    { issues },
  );
}
