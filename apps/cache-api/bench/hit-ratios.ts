import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BoundedMap } from '../src/domain/eviction/bounded-map.ts';
import { POLICIES, type PolicyName } from '../src/domain/eviction/policy.ts';

/** Of entries, all of the same size. */
const SIZES = [100, 250, 500, 1_000, 2_000, 4_000];

export interface HitRatio {
  entries: number;
  /** Share of requests that hit, 0 to 1. */
  ratios: Record<PolicyName, number>;
}

/** One 32-bit key per request. */
export function readTrace(file: string): Uint32Array {
  const bytes = readFileSync(file);
  const trace = new Uint32Array(bytes.length >>> 2);
  for (let at = 0; at < trace.length; at += 1) trace[at] = bytes.readUInt32LE(4 * at);
  return trace;
}

/** Share of requests that hit, 0 to 1. What is not there is put there. */
export function hitRatio(trace: Iterable<number>, policy: PolicyName, entries: number): number {
  const cache = new BoundedMap<true, number>(entries, policy);
  let requests = 0;
  let hits = 0;
  for (const key of trace) {
    requests += 1;
    if (cache.get(key) === true) hits += 1;
    else cache.set(key, true, 1);
  }
  return hits / requests;
}

export function hitRatios(file: string, sizes: readonly number[] = SIZES): HitRatio[] {
  const trace = readTrace(file);
  return sizes.map((entries) => {
    const ratios = POLICIES.map((policy) => [policy, hitRatio(trace, policy, entries)]);
    return { entries, ratios: Object.fromEntries(ratios) as HitRatio['ratios'] };
  });
}

/** In percent, one line for each size. */
export function hitRatioTable(rows: readonly HitRatio[]): string {
  const head = ['entries', ...POLICIES].map((name) => name.padStart(10)).join('');
  const lines = rows.map(({ entries, ratios }) =>
    [String(entries), ...POLICIES.map((policy) => (100 * ratios[policy]).toFixed(1))]
      .map((cell) => cell.padStart(10))
      .join(''),
  );
  return [head, ...lines].join('\n');
}

if (import.meta.main) {
  // oxlint-disable-next-line node/no-process-env -- it runs by itself, as a main.ts does
  const folder = process.env['BENCH_DATA'];
  if (folder === undefined) throw new Error('Set BENCH_DATA to the folder of web07.trace.');
  process.stdout.write(`web07, hit ratio in %\n${hitRatioTable(hitRatios(join(folder, 'web07.trace')))}\n`);
}
