import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Endurance, Settings } from './benchmark.ts';
import type { Part } from './worker.ts';

export interface PoolFile {
  path: string;
  /** Number of files in the whole pool. */
  of: number;
}

export interface Batch {
  /** How many images ended how. */
  counts: Record<string, number>;
  rssBytes: number;
  peakBytes: number;
}

/** Writes one file of the pool for each number that it is sent, from 0. */
export async function poolOf(benchmark: Endurance, settings: Settings, dir: string): Promise<Part> {
  const files = await benchmark.pool(settings);
  return {
    async answer(request): Promise<PoolFile> {
      const file = files[request as number];
      if (file === undefined) throw new Error(`The pool has ${files.length} files`);
      const path = join(dir, `${request as number}-${file.name}`);
      await writeFile(path, await file.make());
      return { path, of: files.length };
    },
  };
}

/** Works through the files that it is sent, as many side by side as the benchmark says. */
export async function subjectOf(benchmark: Endurance, settings: Settings): Promise<Part> {
  const work = await benchmark.start(settings);
  return {
    async answer(request): Promise<Batch> {
      const files = request as string[];
      const counts: Record<string, number> = {};
      const one = async (path: string): Promise<void> => {
        const outcome = await work(await readFile(path));
        counts[outcome] = (counts[outcome] ?? 0) + 1;
      };
      // In step, so that the same images meet each time the same files come.
      for (let at = 0; at < files.length; at += benchmark.concurrency) {
        await Promise.all(files.slice(at, at + benchmark.concurrency).map(one));
      }
      return {
        counts,
        rssBytes: process.memoryUsage.rss(),
        // getrusage(2), which Node gives in kibibytes: the kernel's own high-water mark misses nothing.
        peakBytes: process.resourceUsage().maxRSS * 1_024,
      };
    },
  };
}
