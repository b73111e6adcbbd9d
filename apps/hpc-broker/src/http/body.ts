import { ProblemError, validate } from '@groundwork/service';
import { text, type Request, type RequestHandler } from 'express';
import { parse } from 'yaml';
import type { z } from 'zod';

const YAML = ['application/yaml', 'application/x-yaml', 'text/yaml'];

/** For routes that take YAML as well: the body as text, up to what JSON may have. */
export const yamlText: RequestHandler = text({ type: YAML, limit: '1mb' });

/** What was sent as JSON or YAML, as the schema has it. Throws a ProblemError. */
export function bodyOf<S extends z.ZodType>(schema: S, req: Request): z.infer<S> {
  return validate(schema, jsonOf(req), 'body');
}

/** What was sent as JSON or YAML, whatever it is. Throws a ProblemError. */
export function jsonOf(req: Request): unknown {
  if (req.body === undefined) {
    throw new ProblemError('unsupported_media_type', 'Send the job as application/json or application/yaml.');
  }
  const isYaml = req.is(YAML) !== false && typeof req.body === 'string';
  return isYaml ? fromYaml(req.body as string) : req.body;
}

function fromYaml(body: string): unknown {
  try {
    // Aliases may repeat something a hundred times, and no more.
    return parse(body, { maxAliasCount: 100 });
  } catch (error) {
    throw new ProblemError('invalid_request', `The body is not valid YAML: ${(error as Error).message}`);
  }
}

/** Whose jobs they are. */
export function subjectOf(req: Request): string {
  return req.principal?.subject ?? 'unknown';
}
