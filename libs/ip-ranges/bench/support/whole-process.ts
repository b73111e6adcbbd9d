import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dotted } from './data.ts';
import { limited, mustBeSame, type Figure } from './figure.ts';
import { randomWords } from './timing.ts';

const OURS = fileURLToPath(new URL('merge-file.ts', import.meta.url));
const DEADLINE_MS = 60_000;

/** Parsing and merging one file of random addresses, from start to end of a process, beside iprange in C. */
export function wholeProcess(entries: number, rounds: number, dir: string): Figure[] {
  const what = `parse and merge ${entries} random lines, whole process`;
  const file = join(dir, 'random.txt');
  const random = randomWords(2);
  writeFileSync(file, Array.from({ length: entries }, () => `${dotted(random())}\n`).join(''));
  const commands = {
    ours: [process.execPath, OURS, file],
    iprange: ['iprange', '--optimize', file],
    start: [process.execPath, '--eval', '0'],
  };
  if (spawnSync('iprange', ['--version']).error !== undefined) {
    return [{ what, measured: 'skipped: iprange is not installed (Debian package iprange)' }];
  }
  const times: Record<keyof typeof commands, number[]> = { ours: [], iprange: [], start: [] };
  for (let round = -1; round < rounds; round += 1) {
    for (const name of ['ours', 'iprange', 'start'] as const) {
      const ms = run(commands[name], join(dir, name));
      if (round >= 0) times[name].push(ms);
    }
  }
  const text = (name: string): string => readFileSync(join(dir, name), 'latin1');
  // iprange leaves out the /32 of single addresses.
  mustBeSame('iprange', text('ours').replaceAll('/32\n', '\n'), text('iprange'));
  // The fastest of each: other processes can only make it slower.
  const [ours, iprange, start] = [
    Math.min(...times.ours),
    Math.min(...times.iprange),
    Math.min(...times.start),
  ];
  const detail = `${ours.toFixed(0)} ms, iprange ${iprange.toFixed(0)} ms, Node's start ${start.toFixed(0)} ms`;
  return [limited(`${what} (${detail})`, ours / (iprange + start), ' × (iprange + start)', { atMost: 1 })];
}

/** Wall-clock time in milliseconds; the output goes to a file. */
function run([program = '', ...args]: readonly string[], output: string): number {
  const out = openSync(output, 'w');
  try {
    const begin = performance.now();
    const { status, error, stderr } = spawnSync(program, args, {
      stdio: ['ignore', out, 'pipe'],
      encoding: 'utf8',
      timeout: DEADLINE_MS,
    });
    if (status !== 0) throw error ?? new Error(`${program} ended with ${status}: ${stderr}`);
    return performance.now() - begin;
  } finally {
    closeSync(out);
  }
}
