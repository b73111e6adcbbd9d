import { pathToFileURL } from 'node:url';
import type { Benchmark } from './benchmark.ts';
import type { Answer, Assignment } from './child.ts';
import { contend } from './contender.ts';
import { poolOf, subjectOf } from './subject.ts';

/** Answers requests of the process that has started this one, see child.ts. */
export interface Part {
  answer(request: unknown): Promise<unknown>;
  stop?(): Promise<void>;
}

const assignment = JSON.parse(process.argv[2] ?? '') as Assignment;
const part = play(assignment);
// Answered with the first request, not as an unhandled rejection.
part.catch(() => undefined);

process.on('message', ({ request }: { request: unknown }) => {
  void part
    .then(async (playing): Promise<Answer> => ({ ok: true, value: await playing.answer(request) }))
    .catch((error: unknown): Answer => ({ ok: false, error: (error as Error).stack ?? String(error) }))
    .then((answer) => process.connected && process.send?.(answer));
});

process.on('disconnect', () => {
  void part
    .then((playing) => playing.stop?.())
    .catch(() => undefined)
    .then(() => process.exit(0));
});
// Ctrl-C goes to the whole group: the parent decides what happens then.
process.on('SIGINT', () => undefined);

async function play({ file, role, settings, dir }: Assignment): Promise<Part> {
  const { default: benchmark } = (await import(pathToFileURL(file).href)) as { default: Benchmark };
  if (benchmark.kind === 'comparison') return contend(benchmark, role, settings, dir);
  if (benchmark.kind === 'figures') throw new Error('A benchmark of figures starts its own processes');
  return role === 'pool' ? poolOf(benchmark, settings, dir) : subjectOf(benchmark, settings);
}
