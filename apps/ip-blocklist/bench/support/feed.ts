import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const NAME = 'ipsum.txt';
/** So many addresses has the copy that was measured with. */
const LIKE = 120_430;

export interface Feed {
  about: string;
  /** An address, and how many lists name it. */
  rows: readonly (readonly [address: string, lists: number])[];
}

/** stamparm/ipsum, from anywhere below `dataDir`; or else a list like it, of `most` addresses at most. */
export function readFeed(dataDir: string | undefined, most: number): Feed {
  const files = dataDir === undefined ? [] : readdirSync(dataDir, { recursive: true, encoding: 'utf8' });
  const name = files.find((file) => file === NAME || file.endsWith(`/${NAME}`));
  if (dataDir === undefined || name === undefined) {
    const hint =
      dataDir === undefined ? `set BENCH_DATA to a folder with ${NAME}` : `no ${NAME} in ${dataDir}`;
    const rows = generated(Math.min(LIKE, most));
    return { about: `a generated list of ${rows.length} addresses (${hint})`, rows };
  }
  const rows = readFileSync(join(dataDir, name), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split('\t'))
    .map(([address = '', lists]) => [address, Number(lists)] as const);
  return { about: `ipsum, ${rows.length} addresses`, rows };
}

/** Most by themselves, some close together; the first are named most often. */
function generated(count: number): [string, number][] {
  const random = randomWords(1);
  const addresses = new Set<number>();
  while (addresses.size < count) {
    const first = random();
    const near = first % 3 === 0 ? 1 + (random() % 12) : 1;
    for (let i = 0; i < near && addresses.size < count; i += 1) {
      addresses.add(i === 0 ? first : ((first & ~255) | (random() & 255)) >>> 0);
    }
  }
  return [...addresses].map((address, i) => [dotted(address), i < count / 8 ? 3 + (i % 6) : 1 + (i % 2)]);
}

export const dotted = (address: number): string =>
  `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;

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
