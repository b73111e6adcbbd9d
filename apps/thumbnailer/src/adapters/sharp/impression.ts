import type { Focus } from '@groundwork/contracts';
import sharp, { type Sharp } from 'sharp';
import { rgbaToThumbHash } from 'thumbhash';
import { fromPixels, withProfile, type Pixels } from './pixels.ts';

/** The largest picture that thumbhash takes, in pixels. */
const THUMBHASH_SIDE = 100;
/** Attention is looked for in a picture whose shorter side is this long, in pixels. */
const ATTENTION_SIDE = 128;

/** What a page can show before the image is there: a thumbhash, and one colour. */
export async function impressionOf(pixels: Pixels): Promise<{ thumbhash: string; dominantColour: string }> {
  const small = fromPixels(pixels).resize({
    width: THUMBHASH_SIDE,
    height: THUMBHASH_SIDE,
    fit: 'inside',
    withoutEnlargement: true,
  });
  const { data, info } = await (
    await inSrgb(small, pixels)
  )
    .ensureAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const { dominant } = await sharp(data, {
    raw: { width: info.width, height: info.height, channels: 4 },
  }).stats();
  const hex = [dominant.r, dominant.g, dominant.b].map((value) => value.toString(16).padStart(2, '0'));
  return {
    thumbhash: Buffer.from(rgbaToThumbHash(info.width, info.height, data)).toString('base64'),
    dominantColour: `#${hex.join('')}`,
  };
}

/** A file with a profile is what sharp converts to sRGB by itself. */
async function inSrgb(small: Sharp, { gamut }: Pixels): Promise<Sharp> {
  if (gamut === 'srgb') return small.toColourspace('srgb');
  const { data, info } = await small.raw().toBuffer({ resolveWithObject: true });
  const raw = { width: info.width, height: info.height, channels: info.channels };
  return sharp(await withProfile({ data, raw, gamut }).png({ compressionLevel: 0 }).toBuffer());
}

/** Where libvips' attention strategy (edges, skin, saturation) would centre a square crop. */
export async function findFocus(pixels: Pixels): Promise<Focus> {
  const { width, height } = pixels.raw;
  const shorter = Math.min(width, height);
  const scale = Math.min(1, ATTENTION_SIDE / shorter);
  const side = Math.max(1, Math.round(shorter * scale));
  const { info } = await fromPixels(pixels)
    .resize({ width: side, height: side, fit: 'cover', position: 'attention' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const within = (value: number | undefined, length: number): number =>
    Math.min(1, Math.max(0, Math.round(((value ?? length / 2) / length) * 1000) / 1000));
  return {
    x: within(info.attentionX, width * scale),
    y: within(info.attentionY, height * scale),
  };
}
