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

/** Works through the files that it is sent, as many at a time as the benchmark says. */
export async function subjectOf(benchmark: Endurance, settings: Settings): Promise<Part> {
  const work = await benchmark.start(settings);
  return {
    async answer(request): Promise<Batch> {
      const files = (request as string[]).values();
      const counts: Record<string, number> = {};
      const lane = async (): Promise<void> => {
        for (const path of files) {
          const outcome = await work(await readFile(path));
          counts[outcome] = (counts[outcome] ?? 0) + 1;
        }
      };
      await Promise.all(Array.from({ length: benchmark.concurrency }, lane));
      return {
        counts,
        rssBytes: process.memoryUsage.rss(),
        // getrusage(2), which Node gives in kibibytes: the kernel's own high-water mark misses nothing.
        peakBytes: process.resourceUsage().maxRSS * 1_024,
      };
    },
  };
}
