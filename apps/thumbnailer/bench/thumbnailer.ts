import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { cascade, onePipelineEach } from './support/by-hand.ts';
import { startImgproxy } from './support/imgproxy.ts';
import { mosaic, readPhotos } from './support/photos.ts';
import { planes } from './support/quality.ts';
import { createService, ladder, type Preset } from './support/service.ts';

/** What is taken of the runner's settings. */
interface Settings {
  dataDir?: string;
  megapixels?: readonly number[];
  imgproxy?: string;
}

/** One original and one ladder, as tools/bench hands it to a contender. */
interface Job {
  name: string;
  about: string;
  original: string;
  detail: unknown;
}

const LADDERS = { small: [400, 300, 200, 100], large: [1600, 800, 400, 200] };
const ONE_EACH = 'one pipeline per output';
const BY_HAND = 'hand-written cascade';

const presetsOf = (input: Job): Preset[] => (input.detail as { presets: Preset[] }).presets;

/** As the service does; one contender at a time is measured, so more threads would only add overhead. */
function likeTheService(make: typeof cascade | typeof onePipelineEach) {
  sharp.concurrency(1);
  sharp.cache(false);
  return Promise.resolve({
    make: async (input: Job, original: Uint8Array) => (await make(original, presetsOf(input))).files,
  });
}

/** Eight thumbnails of one photo, in the service's way and in others. */
export default {
  kind: 'comparison',
  async prepare({ dataDir, megapixels = [12, 24] }: Settings, dir: string) {
    const photos = await readPhotos(dataDir);
    const cases: Job[] = [];
    for (const [i, size] of megapixels.entries()) {
      const original = join(dir, `${i}.jpg`);
      const { width, height } = await mosaic(photos, size)
        .jpeg({ quality: 90, chromaSubsampling: '4:2:0' })
        .toFile(original);
      for (const [name, sides] of Object.entries(LADDERS)) {
        cases.push({
          name: `${size} MP ${name}`,
          about: `${width} × ${height} to ${sides.join('/')}, each as WebP and JPEG`,
          original,
          detail: { ladder: name, presets: ladder(sides) },
        });
      }
    }
    const about = [
      `Originals: ${photos.about}, JPEG quality 90, 4:2:0`,
      `Node ${process.versions.node}, sharp ${sharp.versions.sharp}, libvips ${sharp.versions.vips}, ${availableParallelism()} cores`,
    ];
    return { about, cases };
  },
  contenders: {
    service() {
      const render = createService();
      return Promise.resolve({
        async make(input: Job, original: Uint8Array) {
          const made = await render(original, presetsOf(input));
          if (made.refused !== undefined)
            throw new Error(`The service refused the original: ${made.refused}`);
          return made.renditions;
        },
      });
    },
    [BY_HAND]: () => likeTheService(cascade),
    [ONE_EACH]: () => likeTheService(onePipelineEach),
    async imgproxy({ imgproxy }: Settings, dir: string) {
      if (imgproxy === undefined) return { missing: 'set IMGPROXY_BIN' };
      const effort = ladder([100])[0]?.encodings.find(({ format }) => format === 'webp')?.effort;
      const server = await startImgproxy(imgproxy, dir, effort ?? 4);
      return { ...server, make: (input: Job) => server.make(input.original, presetsOf(input)) };
    },
  },
  planes,
  limits: [
    { contender: BY_HAND, atMost: 1.1 },
    {
      contender: ONE_EACH,
      atMost: 0.5,
      covers: (input: Job) => (input.detail as { ladder: string }).ladder === 'small',
      where: 'on the small ladder',
    },
  ],
};
