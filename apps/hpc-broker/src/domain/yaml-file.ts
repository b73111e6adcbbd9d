import { parse } from 'yaml';
import type { z } from 'zod';

/** Reads a YAML file by a schema. Throws an Error that names everything that is wrong with it. */
export function parseYamlFile<S extends z.ZodType>(what: string, yaml: string, schema: S): z.output<S> {
  let value: unknown;
  try {
    value = parse(yaml) ?? {};
  } catch (error) {
    throw new Error(`The ${what} are not YAML: ${(error as Error).message}`, { cause: error });
  }
  const file = schema.safeParse(value);
  if (file.success) return file.data;
  const wrong = file.error.issues.map(({ path, message }) => `  ${path.join('.') || 'the file'}: ${message}`);
  throw new Error(`The ${what} are not valid:\n${wrong.join('\n')}`);
}
