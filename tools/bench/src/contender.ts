import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Case, Comparison, Settings } from './benchmark.ts';
import { cpuMs } from './cpu.ts';
import type { Part } from './worker.ts';

/** `{}` asks whether it can be measured here; a case, to do the work once. */
export interface Work {
  input?: Case;
  /** Keep what was made, for a look at its quality. */
  keep?: boolean;
}

export interface Done {
  missing?: string;
  cpuMs: number;
  /** File of each output that was kept, by name. */
  files: Record<string, string>;
}

/** The side of a comparison that runs in the contender's own process. */
export async function contend(
  benchmark: Comparison,
  name: string,
  settings: Settings,
  dir: string,
): Promise<Part> {
  const start = benchmark.contenders[name];
  if (start === undefined) throw new Error(`There is no contender ${name}`);
  const running = await start(settings, dir);
  if ('missing' in running) {
    return { answer: () => Promise.resolve({ missing: running.missing, cpuMs: 0, files: {} }) };
  }
  const originals = new Map<string, Uint8Array>();
  return {
    async answer(request): Promise<Done> {
      const { input, keep } = request as Work;
      if (input === undefined) return { cpuMs: 0, files: {} };
      const original = originals.get(input.original) ?? (await readFile(input.original));
      originals.set(input.original, original);
      const before = cpuMs(running.pid);
      const outputs = await running.make(input, original);
      const used = cpuMs(running.pid) - before;
      const files: Record<string, string> = {};
      for (const { name: output, bytes } of keep === true ? outputs : []) {
        const path = join(dir, randomUUID());
        await writeFile(path, bytes);
        files[output] = path;
      }
      return { cpuMs: used, files };
    },
    stop: () => running.stop?.() ?? Promise.resolve(),
  };
}
