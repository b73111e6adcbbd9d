import { AwsError } from '../http/aws-error.ts';

/** Matchers besides an exact value. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-content-based-filtering.html */
const MATCHERS: Readonly<Record<string, (wanted: unknown, value: unknown) => boolean>> = {
  prefix: (wanted, value) => typeof value === 'string' && value.startsWith(String(wanted)),
  suffix: (wanted, value) => typeof value === 'string' && value.endsWith(String(wanted)),
  exists: (wanted, value) => (value !== undefined) === wanted,
  'anything-but': (wanted, value) =>
    value !== undefined && !(Array.isArray(wanted) ? wanted : [wanted]).includes(value),
};

type Pattern = { [name: string]: Pattern | unknown[] };

/** Parses and checks an event pattern; refuses what is not supported here by name. */
export function parsePattern(text: string): Pattern {
  let pattern: unknown;
  try {
    pattern = JSON.parse(text);
  } catch {
    throw invalid('it is not JSON');
  }
  check(pattern, '');
  return pattern as Pattern;
}

export function matchesPattern(pattern: Pattern, event: unknown): boolean {
  return Object.entries(pattern).every(([name, wanted]) => {
    const value = (event as Record<string, unknown> | undefined)?.[name];
    return Array.isArray(wanted)
      ? wanted.some((one) => matchesOne(one, value))
      : matchesPattern(wanted, value);
  });
}

function matchesOne(wanted: unknown, value: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return wanted === value;
  const [[name, argument] = ['', undefined]] = Object.entries(wanted);
  return MATCHERS[name]?.(argument, value) ?? false;
}

function check(pattern: unknown, path: string): void {
  if (typeof pattern !== 'object' || pattern === null)
    throw invalid(`${path || 'the pattern'} must be an object or array`);
  if (!Array.isArray(pattern)) {
    for (const [name, value] of Object.entries(pattern)) check(value, path === '' ? name : `${path}.${name}`);
    return;
  }
  for (const item of pattern) {
    if (typeof item !== 'object' || item === null) continue;
    const names = Object.keys(item as object);
    const unknown = names.find((name) => !(name in MATCHERS));
    if (names.length !== 1 || unknown !== undefined) {
      throw invalid(`${path}: the sandbox does not implement the matcher ${unknown ?? names.join(', ')}`);
    }
  }
}

function invalid(reason: string): AwsError {
  return new AwsError(400, 'InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`);
}
