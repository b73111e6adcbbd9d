import { createHash } from 'node:crypto';
import sharp, { type Sharp } from 'sharp';
import { rgbaToThumbHash } from 'thumbhash';
import type { Preset } from './service.ts';

type Files = { name: string; bytes: Uint8Array; etag: string }[];

/**
 * What one writes without the service: sharp's own idioms, one decode, each size from
 * the next larger one, and the same extras. Straight down in one function; no check of
 * what arrives, no verdicts, no salvage.
 */
export async function cascade(original: Uint8Array, presets: readonly Preset[]) {
  const files: Files = [];
  let source = sharp(original, { sequentialRead: true }).autoOrient().toColourspace('srgb');
  for (const { name, width, height, encodings } of presets.toSorted((a, b) => b.width - a.width)) {
    const { data, info } = await source
      .resize({ width, height, fit: 'inside', withoutEnlargement: true })
      .raw()
      .toBuffer({ resolveWithObject: true });
    const raw = { width: info.width, height: info.height, channels: info.channels };
    for (const encoding of encodings) {
      const bytes = await encode(sharp(data, { raw }), encoding);
      files.push({ name: `${name}.${encoding.format}`, bytes, etag: md5(bytes) });
    }
    source = sharp(data, { raw });
  }
  return { files, ...(await impression(source)) };
}

/** What most people write: each output decodes the original again. */
export async function onePipelineEach(original: Uint8Array, presets: readonly Preset[]) {
  const files: Files = [];
  for (const { name, width, height, encodings } of presets) {
    for (const encoding of encodings) {
      const resized = sharp(original, { sequentialRead: true })
        .autoOrient()
        .resize({ width, height, fit: 'inside', withoutEnlargement: true });
      const bytes = await encode(resized, encoding);
      files.push({ name: `${name}.${encoding.format}`, bytes, etag: md5(bytes) });
    }
  }
  // From a finished thumbnail, as a ninth decode of the original would be unfair.
  const [smallest] = files.toSorted((a, b) => a.bytes.length - b.bytes.length);
  return { files, ...(await impression(sharp(smallest?.bytes))) };
}

function encode(image: Sharp, { format, quality, effort }: Preset['encodings'][number]): Promise<Buffer> {
  return image.toFormat(format, { quality, ...(effort === undefined ? {} : { effort }) }).toBuffer();
}

/** Thumbhash takes 100 pixels at most. */
async function impression(image: Sharp) {
  const { data, info } = await image
    .resize({ width: 100, height: 100, fit: 'inside', withoutEnlargement: true })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { dominant } = await sharp(data, {
    raw: { width: info.width, height: info.height, channels: 4 },
  }).stats();
  return { thumbhash: rgbaToThumbHash(info.width, info.height, data), dominant };
}

function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}
