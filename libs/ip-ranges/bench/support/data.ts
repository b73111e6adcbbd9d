import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomWords } from './timing.ts';

const NAME = 'ipsum.txt';
/** Of the copy that the known optimum is of. */
const KNOWN = { entries: 120_430, listedThrice: 14_217 };

export interface Feed {
  about: string;
  /** Lines of an address, a tab, and the number of lists that name it. */
  bytes: Uint8Array;
  /** Whether it is the list whose optimum is known. */
  known: boolean;
}

/** stamparm/ipsum, from anywhere below `dataDir`; or else a list like it. */
export function readFeed(dataDir: string | undefined): Feed {
  const files = dataDir === undefined ? [] : readdirSync(dataDir, { recursive: true, encoding: 'utf8' });
  const name = files.find((file) => file === NAME || file.endsWith(`/${NAME}`));
  if (dataDir === undefined || name === undefined) {
    const hint =
      dataDir === undefined ? `set BENCH_DATA to a folder with ${NAME}` : `no ${NAME} in ${dataDir}`;
    const about = `a generated list like ipsum (${hint}; the known optimum of a fit is not checked)`;
    return { about, bytes: new TextEncoder().encode(generated()), known: false };
  }
  const bytes = readFileSync(join(dataDir, name));
  const counts = rows(bytes).map(([, count]) => Number(count));
  const thrice = counts.filter((count) => count >= 3).length;
  const known = counts.length === KNOWN.entries && thrice === KNOWN.listedThrice;
  const other = known ? '' : ' (another copy than the one whose optimum is known, which is not checked)';
  return { about: `ipsum, ${counts.length} addresses${other}`, bytes, known };
}

export const rows = (bytes: Uint8Array): string[][] =>
  new TextDecoder()
    .decode(bytes)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split('\t'));

/** As many addresses, most by themselves, some close together; the heaviest first. */
function generated(): string {
  const random = randomWords(1);
  const addresses = new Set<number>();
  while (addresses.size < KNOWN.entries) {
    const first = random();
    const near = first % 3 === 0 ? 1 + (random() % 12) : 1;
    for (let i = 0; i < near && addresses.size < KNOWN.entries; i += 1) {
      addresses.add(i === 0 ? first : ((first & ~255) | (random() & 255)) >>> 0);
    }
  }
  return [...addresses]
    .map((address, i) => `${dotted(address)}\t${i < KNOWN.listedThrice ? 3 + (i % 6) : 1 + (i % 2)}\n`)
    .join('');
}

export const dotted = (address: number): string =>
  `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
