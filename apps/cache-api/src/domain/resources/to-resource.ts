import { checkPolicy, policyOf, REFRESH_AHEAD, type Complain } from './policy-settings.ts';
import { parametersOf, splitQuery } from './query-text.ts';
import type { Dependency, QueryResource, Resource, TableResource } from './resource.ts';
import type { ResourceSettings } from './schema.ts';
import { didYouMean } from './nearest.ts';
import { columnsOf } from './tags.ts';

/** The checks that need more than one setting. undefined: something was complained about. */
export function toResource(settings: ResourceSettings, complain: Complain): Resource | undefined {
  const { name, strategy, visibility, tags, ttl, table, query } = settings;
  const refreshAhead = strategy === 'refresh-ahead' ? REFRESH_AHEAD : undefined;
  const policy = policyOf(ttl, settings, refreshAhead);
  const common = { name, strategy, visibility, tags, policy };
  checkPolicy(policy, complain);
  if (table !== undefined && query === undefined) return { ...common, ...ofTable(table, settings, complain) };
  if (query !== undefined && table === undefined) return { ...common, ...ofQuery(query, settings, complain) };
  complain(['table'], 'a resource has exactly one of table and query');
}

type Only<R extends Resource> = Omit<R, 'name' | 'strategy' | 'visibility' | 'tags' | 'policy'>;

function ofTable(table: string, settings: ResourceSettings, complain: Complain): Only<TableResource> {
  const { key, columns, strategy, writable, many, dependsOn } = settings;
  if (key !== undefined && !Array.isArray(key)) {
    complain(['key'], 'of a table is a list of its columns, as [id]; a mapping to types is for a query');
  }
  const columnsOfKey = Array.isArray(key) ? key : undefined;
  for (const [setting, names] of Object.entries({ key: columnsOfKey, columns, writable })) {
    checkTwice(setting, names ?? [], complain);
  }
  if (many !== undefined) complain(['many'], 'is for a query: a table gives one row per key');
  if (dependsOn !== undefined) complain(['dependsOn'], 'is for a query: a table depends on itself');
  checkWritable(writable, strategy, columnsOfKey ?? [], complain);
  return { kind: 'table', table, key: columnsOfKey, columns, writable: writable ?? [] };
}

function checkWritable(
  writable: readonly string[] | undefined,
  strategy: ResourceSettings['strategy'],
  key: readonly string[],
  complain: Complain,
): void {
  if (strategy === 'write-through' && writable === undefined) {
    complain(['writable'], 'is missing: write-through has to know which columns may be written');
  }
  if (writable !== undefined && strategy !== 'write-through' && strategy !== 'cache-aside') {
    complain(['writable'], `needs the strategy cache-aside or write-through, and it is ${strategy}`);
  }
  for (const column of key.filter((name) => writable?.includes(name) === true)) {
    complain(['writable'], `${column} is part of the key, which the URL says: take it out`);
  }
}

function ofQuery(query: string, settings: ResourceSettings, complain: Complain): Only<QueryResource> {
  const { key, many = false, dependsOn = [] } = settings;
  const types = key === undefined || Array.isArray(key) ? {} : key;
  const parameters = Object.entries(types).map(([name, type]) => ({ name, type }));
  const names = parameters.map(({ name }) => name);
  if (names.length === 0) {
    complain(
      ['key'],
      'of a query says the type of each parameter, and there is at least one, as { category: text }',
    );
  } else {
    checkParameters(query, names, complain);
  }
  if (settings.writable !== undefined) complain(['writable'], 'is for a table: a query cannot be written');
  else if (settings.strategy === 'write-through')
    complain(['strategy'], 'write-through is for a table: a query cannot be written');
  if (settings.columns !== undefined)
    complain(['columns'], 'is for a table: a query names its columns itself');
  for (const [at, tag] of settings.tags.entries()) {
    for (const column of columnsOf(tag).filter((name) => !names.includes(name))) {
      complain(
        ['tags', at],
        `{${column}} is no parameter of the query${didYouMean(column, names)}: ${listed(names)}`,
      );
    }
  }
  for (const [at, dependency] of dependsOn.entries()) {
    checkDependency(dependency, names, (path, message) => complain(['dependsOn', at, ...path], message));
  }
  return {
    kind: 'query',
    query,
    parameters,
    many,
    dependsOn: dependsOn.map(({ table, on }) => ({ table, on })),
  };
}

function checkParameters(query: string, names: readonly string[], complain: Complain): void {
  let used: Set<string>;
  try {
    used = parametersOf(splitQuery(query));
  } catch (error) {
    return complain(['query'], (error as Error).message);
  }
  for (const name of used) {
    if (names.includes(name)) continue;
    complain(
      ['query'],
      `:${name} is not in key${didYouMean(name, names)}: ${listed(names)} (write ": ${name}" if it is the slice of an array)`,
    );
  }
  for (const name of names) {
    if (!used.has(name)) complain(['key', name], `:${name} is not in the query: use it, or take it out`);
  }
}

/** With fewer parameters nobody could tell which entries a row is in. */
function checkDependency(
  { on }: { on?: Dependency['on'] },
  parameters: readonly string[],
  complain: Complain,
): void {
  if (on === undefined) return;
  for (const name of Object.keys(on).filter((known) => !parameters.includes(known))) {
    complain(
      ['on', name],
      `is no parameter of the query${didYouMean(name, parameters)}: ${listed(parameters)}`,
    );
  }
  const missing = parameters.filter((name) => !Object.hasOwn(on, name));
  if (missing.length > 0) {
    complain(
      ['on'],
      `says nothing about ${missing.join(', ')}: name all parameters, or leave out "on", then every change of the table counts`,
    );
  }
}

function checkTwice(setting: string, names: readonly string[], complain: Complain): void {
  const twice = names.filter((name, at) => names.indexOf(name) !== at);
  if (twice.length > 0) complain([setting], `${twice.join(', ')} is there twice: take one out`);
}

const listed = (names: readonly string[]): string =>
  names.length === 0 ? 'there are none' : `there ${names.length === 1 ? 'is' : 'are'} ${names.join(', ')}`;
