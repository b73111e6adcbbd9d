import { buildLookup, type Entries, type Lookup } from '../../src/index.ts';
import { limited, type Figure } from './figure.ts';
import { cpuMs, randomWords } from './timing.ts';

const ASKED = 1_000_000;
/** Checked against a scan of all entries. */
const CHECKED = 20;
const LENGTHS = { 4: [32, 32, 24, 28, 20, 32, 24, 16], 6: [48, 56, 64, 64, 128, 32, 40, 64] };
const LEAST = { 4: 20, 6: 5 };

/** Random addresses, every second one from one of the random prefixes. */
export function lookups(entries: number, rounds: number): Figure[] {
  const none = { 4: prefixes(4, 0), 6: prefixes(6, 0) };
  return ([4, 6] as const).map((family) => {
    const listed = prefixes(family, entries);
    const asked = addresses(listed);
    const before = process.cpuUsage();
    const lookup = buildLookup({ v4: none[4], v6: none[6], [`v${family}`]: listed });
    const { user, system } = process.cpuUsage(before);
    const buildMs = (user + system) / 1_000;
    const { v4, v6, bytes } = lookup;
    check(listed, asked, (i) => (family === 4 ? v4.find(asked[i]!) : v6.find(asked, i)));
    const sum = family === 4 ? () => sumOf4(lookup, asked) : () => sumOf6(lookup, asked);
    let checksum = 0;
    const times = Array.from({ length: rounds + 2 }, () =>
      cpuMs(() => {
        checksum = sum();
      }),
    );
    const detail = `built in ${buildMs.toFixed(0)} ms, ${(bytes / 1e6).toFixed(0)} MB, checksum ${checksum}`;
    const what = `look up IPv${family} among ${entries} prefixes (${detail})`;
    return limited(what, ASKED / Math.min(...times) / 1e3, ' M/s', { atLeast: LEAST[family] });
  });
}

function sumOf4({ v4 }: Lookup, asked: Uint32Array): number {
  let sum = 0;
  for (let i = 0; i < ASKED; i += 1) sum = (sum + v4.find(asked[i]!)) | 0;
  return sum >>> 0;
}

function sumOf6({ v6 }: Lookup, asked: Uint32Array): number {
  let sum = 0;
  for (let i = 0; i < ASKED; i += 1) sum = (sum + v6.find(asked, i)) | 0;
  return sum >>> 0;
}

/** Spread over the whole of IPv4, or over 2000::/3, what is given out of IPv6. */
function prefixes(family: 4 | 6, count: number): Entries {
  const width = family === 4 ? 1 : 4;
  const random = randomWords(family);
  const [first, last] = [new Uint32Array(count * width), new Uint32Array(count * width)];
  for (let i = 0; i < count; i += 1) {
    const length = LENGTHS[family][i % 8]!;
    for (let w = 0; w < width; w += 1) {
      const word = family === 6 && w === 0 ? 0x2000_0000 + (random() >>> 3) : random();
      const kept = Math.max(0, Math.min(32, length - 32 * w));
      const host = kept === 0 ? 0xffff_ffff : 2 ** (32 - kept) - 1;
      first[i * width + w] = word & ~host;
      last[i * width + w] = word | host;
    }
  }
  return { family, count, first, last, weights: undefined };
}

function addresses({ family, count, first, last }: Entries): Uint32Array {
  const width = family === 4 ? 1 : 4;
  const random = randomWords(family + 1);
  return Uint32Array.from({ length: ASKED * width }, (_, at) => {
    const i = Math.floor(at / width);
    const w = at % width;
    if (i % 2 === 0) return family === 6 && w === 0 ? 0x2000_0000 + (random() >>> 3) : random();
    const of = (Math.imul(i, 0x9e37_79b1) >>> 0) % count;
    return (first[of * width + w]! | (random() & (first[of * width + w]! ^ last[of * width + w]!))) >>> 0;
  });
}

function check(listed: Entries, asked: Uint32Array, find: (i: number) => number): void {
  const width = listed.family === 4 ? 1 : 4;
  for (let i = 0; i < CHECKED; i += 1) {
    let best = { entry: -1, size: Number.POSITIVE_INFINITY };
    for (let entry = 0; entry < listed.count; entry += 1) {
      const [first, last] = [listed.first, listed.last];
      let [inside, size] = [true, 0];
      for (let w = 0; w < width; w += 1) {
        // Prefixes: the address is in it if each of its words is between those of first and last.
        const [low, high, word] = [
          first[entry * width + w]!,
          last[entry * width + w]!,
          asked[i * width + w]!,
        ];
        inside &&= low <= word && word <= high;
        size = size * 2 ** 32 + (high - low);
      }
      if (inside && size < best.size) best = { entry, size };
    }
    if (find(i) !== best.entry) throw new Error(`Address ${i} was looked up wrongly`);
  }
}
