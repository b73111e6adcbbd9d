import type { Usage } from './usage.ts';

/** By which a count may differ: a timer that is under way, a connection that is about to be closed. */
const TOLERANCES: [name: RegExp, most: number][] = [
  [/Timeout$/, 5],
  [/Immediate$/, 2],
  [/^Postgres connections/, 2],
  [/(file descriptors|TCPSocketWrap)$/, 4],
  [/ connections$/, 0],
];
const toleranceOf = (name: string): number => TOLERANCES.find(([pattern]) => pattern.test(name))?.[1] ?? 0;

export interface Compared {
  name: string;
  before: number;
  after: number;
  most: number;
  hasGrown: boolean;
}

/** What is held at the end against the baseline; less is no growth. */
export function compare(before: Usage, after: Usage): Compared[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  return names.map((name) => {
    const [was, is] = [before.get(name) ?? 0, after.get(name) ?? 0];
    const most = toleranceOf(name);
    return { name, before: was, after: is, most, hasGrown: is - was > most };
  });
}
