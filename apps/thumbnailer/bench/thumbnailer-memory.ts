import sharp from 'sharp';
import { readPhotos } from './support/photos.ts';
import { pool } from './support/pool.ts';
import { createService, DEFAULT_PRESETS, release } from './support/service.ts';

/** What is taken of the runner's settings. */
interface Settings {
  dataDir?: string;
  megapixels?: readonly number[];
}

/** 2,000 images of all kinds in one process, two at a time, in the default sizes. */
export default {
  kind: 'endurance',
  images: 2_000,
  concurrency: 2,
  // As in the container. With glibc's default of 8 arenas per core freed memory stays scattered, and
  // its threshold grows until whole pictures are carved out of the heap, which then has holes. V8's
  // young generation doubles whenever enough has outlived a collection: after hundreds of images up to
  // 128 MiB on a machine with much memory, whatever the container may use. Two halves of 8 MiB suffice.
  environment: {
    MALLOC_ARENA_MAX: '2',
    MALLOC_MMAP_THRESHOLD_: '131072',
    NODE_OPTIONS: '--max-semi-space-size=8',
  },
  limits: { peakMb: 600, growthPercent: 5 },
  async pool({ dataDir, megapixels = [12] }: Settings) {
    sharp.cache(false);
    return pool(await readPhotos(dataDir), Math.max(...megapixels));
  },
  start() {
    const render = createService();
    return Promise.resolve(async (original: Uint8Array): Promise<string> => {
      // Released as in domain/make.ts.
      const { refused, salvaged } = await render(original, DEFAULT_PRESETS).finally(() => release(original));
      if (refused !== undefined) return `refused as ${refused}`;
      return salvaged ? 'salvaged' : 'rendered';
    });
  },
};
