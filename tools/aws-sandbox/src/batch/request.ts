import { z } from 'zod';
import { notImplemented } from '../http/aws-error.ts';
import { batchError } from './error.ts';

/** Names of environments, queues, definitions and jobs. */
export const Name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/, 'has up to 128 letters, digits, hyphens and underscores');

export const Tags = z.record(z.string().max(128), z.string().max(256)).default({});

export const State = z.enum(['ENABLED', 'DISABLED']);

/** Checks what a request says; the first thing that is wrong is the answer. `absent`: members that are not here. */
export function read<T extends z.ZodType>(
  shape: T,
  body: unknown,
  absent: readonly string[] = [],
): z.output<T> {
  for (const name of absent) {
    if (typeof body === 'object' && body !== null && name in body) throw notImplemented(`batch: ${name}`);
  }
  const result = shape.safeParse(body);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw batchError.client(`${issue?.path.join('.') || 'the request'}: ${issue?.message}`);
}
