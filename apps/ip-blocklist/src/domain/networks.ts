import {
  diff,
  emptySet,
  isEqual,
  parseList,
  toCidrs,
  toSet,
  union,
  type RangeSet,
} from '@groundwork/ip-ranges';

export type Version = 'v4' | 'v6';

/** The fewest networks for a set, IPv4 first, ascending. None is a /0, which AWS WAF refuses: it takes two /1. */
export function networksOf(set: RangeSet): string[] {
  const networks = toCidrs(set);
  // They are many, and hardly ever is one of them so wide.
  const isWhole = WHOLE.some((network) => networks.includes(network));
  return isWhole ? networks.flatMap((network) => HALVES[network] ?? [network]) : networks;
}

const HALVES: Readonly<Record<string, string[]>> = {
  '0.0.0.0/0': ['0.0.0.0/1', '128.0.0.0/1'],
  '::/0': ['::/1', '8000::/1'],
};
const WHOLE = Object.keys(HALVES);

/** What networks come to. Those that cannot be read are left out. */
export function setOf(networks: readonly string[]): RangeSet {
  return networks.length === 0 ? emptySet : toSet(parseList(networks.join('\n')));
}

export function unionOf(sets: readonly RangeSet[]): RangeSet {
  return sets.reduce(union, emptySet);
}

export function isEmpty(set: RangeSet): boolean {
  return isEqual(set, emptySet);
}

/** The addresses of one family. */
export function only(set: RangeSet, version: Version): RangeSet {
  return { ...emptySet, [version]: set[version] };
}

/** What is blocked unless it is allowed. */
export interface Coverage {
  block: RangeSet;
  allow: RangeSet;
  /** Blocked as a whole; alpha-2 codes, each once, ascending. */
  countries: readonly string[];
}

export const NOTHING: Coverage = { block: emptySet, allow: emptySet, countries: [] };

export interface NetworkChanges {
  added: string[];
  removed: string[];
}

function changesBetween(before: RangeSet, after: RangeSet): NetworkChanges {
  const { added, removed } = diff(before, after);
  return { added: toCidrs(added), removed: toCidrs(removed) };
}

/** What changes from one coverage to another: networks, and codes of countries. */
export interface Changes {
  block: NetworkChanges;
  allow: NetworkChanges;
  countries: NetworkChanges;
}

export function changesOf(before: Coverage, after: Coverage): Changes {
  return {
    block: changesBetween(before.block, after.block),
    allow: changesBetween(before.allow, after.allow),
    countries: {
      added: without(after.countries, before.countries),
      removed: without(before.countries, after.countries),
    },
  };
}

/** Countries of the first list that are not in the second. */
export function without(countries: readonly string[], others: readonly string[]): string[] {
  return countries.filter((country) => !others.includes(country));
}

/** Each once, ascending. */
export function countriesOf(...lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())].toSorted();
}
