export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Milliseconds that this process computed meanwhile, in all its threads: what else the machine does is not in it. */
export function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** Median CPU time of each, measured in turn, after two rounds that do not count. */
export function inTurn<Name extends string>(
  works: Readonly<Record<Name, () => void>>,
  rounds: number,
): Record<Name, number> {
  const times = new Map<string, number[]>(Object.keys(works).map((name) => [name, []]));
  for (let round = -2; round < rounds; round += 1) {
    for (const [name, work] of Object.entries<() => void>(works)) {
      const ms = cpuMs(work);
      if (round >= 0) times.get(name)?.push(ms);
    }
  }
  return Object.fromEntries([...times].map(([name, values]) => [name, median(values)])) as Record<
    Name,
    number
  >;
}

/** Tommy Ettinger's mulberry32: the same numbers on every machine, from 0 to 2^32 - 1. */
export function randomWords(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
}
