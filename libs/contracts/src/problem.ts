import { z } from 'zod';

/**
 * RFC 9457 problem details. `code` is stable and meant for programs; `detail`
 * is one or two sentences for a person: what happened, where, how to mend it.
 */
export const Problem = z
  .object({
    type: z.string().describe('Stable URI reference of the kind of problem'),
    title: z.string(),
    status: z.int().min(400).max(599),
    code: z.string().describe('Stable machine-readable name, for example `not_found`'),
    detail: z.string().optional(),
    instance: z.string().optional().describe('The request path'),
    requestId: z.string().optional(),
    issues: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .describe('Every field that was wrong'),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details' });
export type Problem = z.infer<typeof Problem>;

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

/** A name that stays the same for ever; nothing need be served there (RFC 9457 section 3.1.1). */
export function problemType(code: string): string {
  return `/problems/${code.replaceAll('_', '-')}`;
}
