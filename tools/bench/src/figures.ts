import type { Figures, Run } from './benchmark.ts';
import { endProgress, progress } from './progress.ts';
import { table } from './table.ts';

/** Prints what the benchmark measured. Answers whether the limits held. */
export async function print({ benchmark, settings, dir, say }: Run<Figures>): Promise<boolean> {
  const { about, figures } = await benchmark.measure(settings, dir, progress);
  endProgress();
  for (const line of about) say(line);
  const rows = figures.map(({ what, measured, limit = '', held }) => [
    what,
    measured,
    held === false ? `${limit} BROKEN` : limit,
  ]);
  say(`\n${table(['', 'measured', 'limit'], rows)}`);
  return figures.every(({ held }) => held !== false);
}
