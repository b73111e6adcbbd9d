import sharp, { type Sharp } from 'sharp';

/** Four quarters in known colours, so that a test can tell which way is up. */
export const CORNERS = {
  topLeft: [220, 40, 40],
  topRight: [40, 200, 40],
  bottomLeft: [40, 40, 220],
  bottomRight: [230, 220, 60],
} as const;

/** An upright picture, `width` × `height`, as raw sharp image. */
export function quarters(width: number, height: number): Sharp {
  const half = { width: Math.ceil(width / 2), height: Math.ceil(height / 2) };
  const tile = ([r, g, b]: readonly [number, number, number], left: number, top: number) => ({
    input: { create: { ...half, channels: 3 as const, background: { r, g, b } } },
    left,
    top,
  });
  return sharp({ create: { width, height, channels: 3, background: '#000' } }).composite([
    tile(CORNERS.topLeft, 0, 0),
    tile(CORNERS.topRight, width - half.width, 0),
    tile(CORNERS.bottomLeft, 0, height - half.height),
    tile(CORNERS.bottomRight, width - half.width, height - half.height),
  ]);
}

export function jpeg(width = 640, height = 480): Promise<Buffer> {
  return quarters(width, height).jpeg({ quality: 90 }).toBuffer();
}

/** As jpeg(), but different bytes for each seed. */
export async function distinctJpeg(seed: number, width = 320, height = 240): Promise<Buffer> {
  return quarters(width, height)
    .jpeg({ quality: 60 + (seed % 39) })
    .withExif({ IFD0: { ImageDescription: `seed ${seed}` } })
    .toBuffer();
}

/** The colour a quarter of the way in from a corner. */
export async function colourAt(
  image: Uint8Array,
  corner: keyof typeof CORNERS,
): Promise<[number, number, number]> {
  const { data, info } = await sharp(image)
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const x = Math.floor(info.width * (corner.endsWith('Left') ? 0.25 : 0.75));
  const y = Math.floor(info.height * (corner.startsWith('top') ? 0.25 : 0.75));
  const at = (y * info.width + x) * info.channels;
  return [data[at] ?? -1, data[at + 1] ?? -1, data[at + 2] ?? -1];
}

export function closeTo(actual: readonly number[], expected: readonly number[], tolerance = 14): boolean {
  return actual.every((value, i) => Math.abs(value - (expected[i] ?? 0)) <= tolerance);
}

/** A wide grey picture with something bright near its right end, around (460, 100) of 600 × 200. */
export function scene(): Promise<Buffer> {
  return sharp({ create: { width: 600, height: 200, channels: 3, background: '#606060' } })
    .composite([
      {
        input: { create: { width: 60, height: 60, channels: 3, background: '#ff8020' } },
        left: 430,
        top: 70,
      },
    ])
    .jpeg({ quality: 95 })
    .toBuffer();
}
