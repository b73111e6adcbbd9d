import type { Soak } from '../soak.ts';

const EVERY_MS = { terminal: 1_000, file: 10_000 };

/** How far it is, again and again: one line that changes on a terminal, a line now and then elsewhere. */
export function showProgress({ phases, tally, broken, confirmed }: Soak): () => void {
  const began = performance.now();
  const { isTTY } = process.stdout;
  const timer = setInterval(
    () => {
      const seconds = ((performance.now() - began) / 1_000).toFixed(0);
      const line = `${seconds.padStart(4)} s  ${phases.now.name}: ${tally.requests} requests, stream ${confirmed.lagMs.toFixed(0)} ms behind, ${broken.count} broken`;
      process.stdout.write(isTTY ? `\r\u001B[K${line}` : `${line}\n`);
    },
    isTTY ? EVERY_MS.terminal : EVERY_MS.file,
  );
  return () => {
    clearInterval(timer);
    if (isTTY) process.stdout.write('\n');
  };
}
