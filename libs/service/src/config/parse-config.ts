import { z } from 'zod';
import { settingDoc } from './setting.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Every setting that was wrong, in words an operator can act on. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    super(`The configuration is not valid (${count}):\n${problems.map((p) => `  ${p}`).join('\n')}`);
    this.problems = problems;
  }
}

/**
 * Validates the environment against the schema and returns the typed settings.
 * An empty variable counts as not set, because that is what compose files and
 * shells produce for "nothing". Throws one ConfigError that names every problem.
 */
export function parseConfig<S extends z.ZodObject>(schema: S, env: Environment): z.infer<S> {
  const given: Record<string, string> = {};
  for (const name of Object.keys(schema.shape)) {
    const value = env[name]?.trim();
    if (value !== undefined && value !== '') given[name] = value;
  }
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new ConfigError(result.error.issues.map((issue) => describeIssue(schema, issue, given)));
}

function describeIssue(
  schema: z.ZodObject,
  issue: z.core.$ZodIssue,
  given: Readonly<Record<string, string>>,
): string {
  const name = String(issue.path[0] ?? 'configuration');
  const shape = schema.shape as Record<string, z.ZodType>;
  const doc = shape[name] === undefined ? undefined : settingDoc(shape[name]);
  const value = given[name];
  const example = doc === undefined ? '' : `; for example ${name}=${doc.example}`;
  if (value === undefined && issue.code !== 'custom') {
    const meaning = doc === undefined ? '' : ` (${doc.description})`;
    return `${name} is required${meaning}${example}`;
  }
  const shown = value === undefined || doc?.secret === true ? name : `${name}=${JSON.stringify(value)}`;
  return `${shown}: ${lowerFirst(issue.message)}${example}`;
}

/** The message goes on after a colon; names such as ENOENT stay as they are. */
function lowerFirst(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
