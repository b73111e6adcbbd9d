import { parse } from 'yaml';
import { z } from 'zod';
import { didYouMean } from './nearest.ts';
import type { Complain } from './policy-settings.ts';
import type { CacheFile } from './resource.ts';
import { namespaceSettings, resourceSettings } from './schema.ts';
import { toNamespace } from './to-namespace.ts';
import { toResource } from './to-resource.ts';

type Path = readonly PropertyKey[];
interface Problem {
  path: Path;
  message: string;
}

const LISTS = ['resources', 'namespaces'] as const;

/** Reads the declarations. Throws an Error that names everything that is wrong with them, and where. */
export function parseCacheFile(yaml: string): CacheFile {
  const file = readYaml(yaml);
  const problems: Problem[] = [];
  const complain = (path: Path, message: string): void => void problems.push({ path, message });
  checkTop(file, complain);
  const resources = each(file, 'resources', resourceSettings, complain, toResource);
  const namespaces = each(file, 'namespaces', namespaceSettings, complain, toNamespace);
  checkNames(file, complain);
  if (problems.length === 0) return { resources, namespaces };
  const wrong = problems.map(({ path, message }) => `  ${place(path, file)}: ${message}`);
  throw new Error(`The cache file is not valid:\n${wrong.join('\n')}`);
}

function readYaml(yaml: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = parse(yaml) ?? {};
  } catch (error) {
    throw new Error(`The cache file is not YAML: ${(error as Error).message}`, { cause: error });
  }
  if (isMapping(value)) return value;
  throw new Error('The cache file must be a mapping with resources and namespaces at its top.');
}

function checkTop(file: Record<string, unknown>, complain: (path: Path, message: string) => void): void {
  for (const key of Object.keys(file)) {
    if (!(LISTS as readonly string[]).includes(key)) complain([key], unknownKey(key, LISTS));
  }
  for (const key of LISTS) {
    if (file[key] != null && !Array.isArray(file[key]))
      complain([key], 'must be a list: write "- name: …" below it');
  }
}

/** What is wrong with one hides nothing that is wrong with the others. */
function each<S extends z.ZodObject, T>(
  file: Record<string, unknown>,
  list: string,
  schema: S,
  complain: (path: Path, message: string) => void,
  build: (settings: z.output<S>, complain: Complain) => T | undefined,
): T[] {
  const items: unknown[] = Array.isArray(file[list]) ? file[list] : [];
  return items.flatMap((item, at) => {
    const result = schema.safeParse(item);
    if (!result.success) {
      for (const issue of result.error.issues)
        describe(issue, item, schema, (path, message) => complain([list, at, ...path], message));
      return [];
    }
    const built = build(result.data, (path, message) => complain([list, at, ...path], message));
    return built === undefined ? [] : [built];
  });
}

function describe(
  issue: z.core.$ZodIssue,
  item: unknown,
  schema: z.ZodObject,
  complain: (path: Path, message: string) => void,
): void {
  const { path, message } = issue;
  const value = valueAt(item, path);
  if (issue.code === 'unrecognized_keys') {
    const known = path.length === 0 ? Object.keys(schema.shape) : ['table', 'on'];
    for (const key of issue.keys) complain([...path, key], unknownKey(key, known));
  } else if (path.length === 0) {
    complain(path, 'must be a mapping, as "- name: …"');
  } else if (issue.code === 'invalid_key') {
    complain(path, issue.issues[0]?.message ?? message);
  } else if (issue.code === 'invalid_union') {
    // A list or a mapping: what is said is about the one that was meant.
    const meant =
      (Array.isArray(value) ? issue.errors[0] : isMapping(value) ? issue.errors[1] : undefined) ?? [];
    for (const inner of meant) describe({ ...inner, path: [...path, ...inner.path] }, item, schema, complain);
    if (meant.length === 0) complain(path, message);
  } else {
    complain(path, value === undefined ? `is missing: ${EXAMPLES[String(path[0])] ?? message}` : message);
  }
}

/** Of what has to be there. */
const EXAMPLES: Readonly<Record<string, string>> = {
  name: 'write name: products',
  ttl: 'say how long an entry is fresh, as ttl: 5m',
  kind: 'write kind: volatile, or kind: postgres',
  dependsOn: 'write table: products',
};

function unknownKey(key: string, known: readonly string[]): string {
  return `is not known${didYouMean(key, known) || `: there are ${known.join(', ')}`}`;
}

/** Cache keys and namespaces of the store begin with it. */
function checkNames(file: Record<string, unknown>, complain: (path: Path, message: string) => void): void {
  const seen = new Map<string, string>();
  for (const list of LISTS) {
    const items: unknown[] = Array.isArray(file[list]) ? file[list] : [];
    for (const [at, item] of items.entries()) {
      const name = nameOf(item);
      if (name === undefined) continue;
      const first = seen.get(name);
      if (first !== undefined) complain([list, at, 'name'], `is there twice, first in ${first}: rename one`);
      else seen.set(name, `${list}[${at}]`);
    }
  }
}

/** `resources[0] (products), tags[1]` */
function place([list, at, ...rest]: Path, file: Record<string, unknown>): string {
  if (at === undefined) return String(list);
  const item: unknown = (file[list as string] as unknown[])[at as number];
  const name = nameOf(item);
  const inside = rest.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return `${String(list)}[${String(at)}]${name === undefined ? '' : ` (${name})`}${inside === '' ? '' : `, ${inside.slice(1)}`}`;
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, part) => (inner as Record<PropertyKey, unknown> | undefined)?.[part],
    value,
  );
}

function nameOf(item: unknown): string | undefined {
  return isMapping(item) && typeof item['name'] === 'string' ? item['name'] : undefined;
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
