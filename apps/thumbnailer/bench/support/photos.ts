import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';

/** Of more the mosaics would hardly become more varied. */
const MAX_PHOTOS = 24;
/** One tile of a mosaic, in pixels. */
const TILE = { width: 1_200, height: 900 };

export interface Photos {
  about: string;
  tiles: Buffer[];
}

/** What mosaics are laid of: real photos, or else pictures with the gradients and the noise of photos. */
export async function readPhotos(dataDir: string | undefined): Promise<Photos> {
  if (dataDir === undefined) {
    const tiles = await Promise.all(Array.from({ length: 6 }, (_, i) => generated(i)));
    return { about: 'generated noise and gradients (set BENCH_DATA to a folder with photos)', tiles };
  }
  const files = readdirSync(dataDir, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.jpe?g$/i.test(name))
    .toSorted()
    .slice(0, MAX_PHOTOS);
  if (files.length === 0) throw new Error(`There are no .jpg files in BENCH_DATA=${dataDir}`);
  const tiles = await Promise.all(files.map((name) => tile(readFileSync(join(dataDir, name)))));
  return { about: `mosaics of ${files.length} real photos`, tiles };
}

function tile(photo: Buffer): Promise<Buffer> {
  return sharp(photo)
    .autoOrient()
    .resize({ ...TILE, fit: 'cover' })
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer();
}

/** A landscape of 4:3, its tiles beginning with the one of the given number. */
export function mosaic({ tiles }: Photos, megapixels: number, first = 0): Sharp {
  const width = Math.round(Math.sqrt((megapixels * 1e6 * 4) / 3));
  const height = Math.round((width * 3) / 4);
  const columns = Math.ceil(width / TILE.width);
  const rows = Math.ceil(height / TILE.height);
  const canvas = { width: columns * TILE.width, height: rows * TILE.height };
  const pixels = Buffer.alloc(canvas.width * canvas.height * 3);
  for (let cell = 0; cell < columns * rows; cell += 1) {
    const source = tiles[(first + cell) % tiles.length] as Buffer;
    const left = (cell % columns) * TILE.width;
    const top = Math.floor(cell / columns) * TILE.height;
    for (let y = 0; y < TILE.height; y += 1) {
      const line = source.subarray(y * TILE.width * 3, (y + 1) * TILE.width * 3);
      line.copy(pixels, ((top + y) * canvas.width + left) * 3);
    }
  }
  return sharp(pixels, { raw: { ...canvas, channels: 3 } }).extract({ left: 0, top: 0, width, height });
}

/** Two waves of light per colour and grain: about as hard to compress as a photo. The same on every machine. */
function generated(number: number): Promise<Buffer> {
  const pixels = Buffer.alloc(TILE.width * TILE.height * 3);
  let grain = number + 1;
  for (let i = 0; i < pixels.length; i += 1) {
    const x = Math.floor(i / 3) % TILE.width;
    const y = Math.floor(i / 3 / TILE.width);
    grain = (Math.imul(grain, 1_664_525) + 1_013_904_223) >>> 0;
    const wave = Math.sin((x * (number + 1)) / 180 + (i % 3)) + Math.cos((y * (number + 2)) / 140 - (i % 3));
    pixels[i] = Math.round(128 + wave * 52 + (grain / 2 ** 32 - 0.5) * 24);
  }
  return Promise.resolve(pixels);
}
