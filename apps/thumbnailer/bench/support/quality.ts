import sharp, { type Raw, type Sharp } from 'sharp';

/** Decoded in full once per original, and held: it is asked for with every output. */
const decoded = new Map<string, Promise<{ data: Buffer; raw: Raw }>>();

/** The brightness of an output, and of the original scaled to the same size without shortcuts. */
export async function planes(input: { original: string }, output: Uint8Array) {
  const made = await brightness(sharp(output));
  const full = decoded.get(input.original) ?? decode(input.original);
  decoded.clear();
  decoded.set(input.original, full);
  const { data, raw } = await full;
  const { width, height } = made;
  const ideal = await brightness(
    sharp(data, { raw }).resize({ width, height, fit: 'fill', kernel: 'lanczos3' }),
  );
  return { made, ideal };
}

/** Without a resize in the same pipeline sharp decodes every pixel. */
async function decode(path: string): Promise<{ data: Buffer; raw: Raw }> {
  const { data, info } = await sharp(path)
    .autoOrient()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, raw: { width: info.width, height: info.height, channels: info.channels } };
}

/** Luma of ITU-R BT.601, of the values as they are stored. */
async function brightness(image: Sharp): Promise<{ width: number; height: number; data: Uint8Array }> {
  const { data, info } = await image
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const luma = new Uint8Array(info.width * info.height);
  for (let i = 0; i < luma.length; i += 1) {
    luma[i] =
      0.299 * (data[i * 3] ?? 0) + 0.587 * (data[i * 3 + 1] ?? 0) + 0.114 * (data[i * 3 + 2] ?? 0) + 0.5;
  }
  return { width: info.width, height: info.height, data: luma };
}
