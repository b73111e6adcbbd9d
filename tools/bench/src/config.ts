import { integerSetting, listSetting, setting } from '@groundwork/service';
import { z } from 'zod';
import type { Settings } from './benchmark.ts';

export const Config = z.object({
  BENCH_DATA: setting(z.string().min(1).optional(), {
    description: 'Folder with real data at any depth: JPEG photos, ipsum.txt. What is not in it is generated',
    example: '/data',
  }),
  BENCH_ROUNDS: setting(integerSetting({ min: 1, max: 200 }).optional(), {
    description: 'Measured rounds of a comparison, of which the median counts',
    example: '21',
  }),
  BENCH_MEGAPIXELS: setting(
    listSetting()
      .pipe(z.array(z.coerce.number<string>().min(0.01).max(50)).min(1))
      .optional(),
    {
      description: 'Sizes of the originals in megapixels; an endurance run goes up to the largest',
      example: '12,24',
    },
  ),
  BENCH_IMAGES: setting(integerSetting({ min: 2, max: 100_000 }).optional(), {
    description: 'Number of images of an endurance run',
    example: '2000',
  }),
  BENCH_ENTRIES: setting(integerSetting({ min: 100, max: 10_000_000 }).optional(), {
    description: 'Lines of the list that is merged, and prefixes that are looked up among',
    example: '1000000',
  }),
  IMGPROXY_BIN: setting(z.string().min(1).optional(), {
    description: 'Path of an imgproxy binary to compare the thumbnailer with',
    example: '/usr/local/bin/imgproxy',
  }),
});

export function toSettings(config: z.infer<typeof Config>): Settings {
  return {
    dataDir: config.BENCH_DATA,
    rounds: config.BENCH_ROUNDS,
    megapixels: config.BENCH_MEGAPIXELS,
    images: config.BENCH_IMAGES,
    entries: config.BENCH_ENTRIES,
    imgproxy: config.IMGPROXY_BIN,
  };
}
