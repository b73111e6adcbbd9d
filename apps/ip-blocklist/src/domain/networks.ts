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
}

export interface NetworkChanges {
  added: string[];
  removed: string[];
}

export function changesBetween(before: RangeSet, after: RangeSet): NetworkChanges {
  const { added, removed } = diff(before, after);
  return { added: toCidrs(added), removed: toCidrs(removed) };
}
