import { readFile } from 'node:fs/promises';
import type { Case, Comparison, Run } from './benchmark.ts';
import { Child } from './child.ts';
import type { Done, Work } from './contender.ts';
import { endProgress, progress } from './progress.ts';
import { report, verdicts, type Result } from './report.ts';
import { ssim } from './ssim.ts';

const DEFAULT_ROUNDS = 21;

/**
 * Measures in rounds A B C, A B C …, so that whatever else the machine does hits all
 * alike, one contender at a time. Answers whether the limits hold.
 */
export async function compare({ file, benchmark, settings, dir, say }: Run<Comparison>): Promise<boolean> {
  progress('preparing the originals');
  const { about, cases } = await benchmark.prepare(settings, dir);
  const rounds = settings.rounds ?? DEFAULT_ROUNDS;
  const children = new Map<string, Child>();
  const notes: string[] = [];
  try {
    for (const role of Object.keys(benchmark.contenders)) {
      const child = new Child({ file, role, settings, dir });
      children.set(role, child);
      const { missing } = await child.ask<Done>({} satisfies Work);
      if (missing === undefined) continue;
      notes.push(`${role}: not measured: ${missing}`);
      children.delete(role);
      await child.stop();
    }
    const results = cases.flatMap((input) =>
      [...children.keys()].map((contender): Result => ({ input, contender, cpuMs: [], outputs: [] })),
    );
    const work = (result: Result, keep: boolean): Promise<Done> | undefined =>
      children.get(result.contender)?.ask<Done>({ input: result.input, keep } satisfies Work);

    for (const result of results) {
      progress(`warming up and looking at the quality: ${result.input.name}, ${result.contender}`);
      const done = await work(result, true);
      result.outputs = await judge(benchmark, result.input, done?.files ?? {});
    }
    for (let round = 1; round <= rounds; round += 1) {
      progress(`round ${round} of ${rounds}`);
      for (const result of results) result.cpuMs.push((await work(result, false))?.cpuMs ?? Number.NaN);
    }
    endProgress();
    for (const line of [...about, `Median of ${rounds} rounds, all contenders in turn`, ...notes]) say(line);
    for (const input of cases) say(`\n${report(input, results)}`);
    const judged = verdicts(benchmark.limits, results);
    say(`\n${judged.lines.join('\n')}`);
    return judged.held;
  } finally {
    await Promise.all([...children.values()].map((child) => child.stop()));
  }
}

async function judge(benchmark: Comparison, input: Case, files: Done['files']): Promise<Result['outputs']> {
  const outputs: Result['outputs'] = [];
  for (const [name, path] of Object.entries(files)) {
    const bytes = await readFile(path);
    const { made, ideal } = await benchmark.planes(input, bytes);
    outputs.push({ name, bytes: bytes.length, ssim: ssim(made, ideal) });
  }
  return outputs;
}
