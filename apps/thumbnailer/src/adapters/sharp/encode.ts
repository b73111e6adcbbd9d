import { createHash } from 'node:crypto';
import type { Sharp } from 'sharp';
import type { Encoding, Preset } from '../../domain/presets.ts';
import type { Rendition } from '../../ports/renderer.ts';
import { withProfile, type Pixels } from './pixels.ts';
import { inTime, type Deadline } from './time-limit.ts';

/** What an image cost: seconds on one thread, which are CPU seconds while there is a core for each worker. */
export type Observe = (image: { preset: string; format: string; seconds: number; bytes: number }) => void;

const WHITE = { r: 255, g: 255, b: 255 };

export async function encodeAll(
  pixels: Pixels,
  preset: Preset,
  deadline: Deadline & { observe: Observe | undefined },
): Promise<Rendition[]> {
  const renditions: Rendition[] = [];
  for (const encoding of preset.encodings) {
    const began = performance.now();
    const bytes = await encode(inTime(withProfile(pixels), deadline), encoding).toBuffer();
    deadline.observe?.({
      preset: preset.name,
      format: encoding.format,
      seconds: (performance.now() - began) / 1000,
      bytes: bytes.length,
    });
    const etag = createHash('md5').update(bytes).digest('hex');
    renditions.push({ preset, encoding, width: pixels.raw.width, height: pixels.raw.height, bytes, etag });
  }
  return renditions;
}

function encode(image: Sharp, { format, quality, effort }: Encoding): Sharp {
  const options = { quality, ...(effort === undefined ? {} : { effort }) };
  switch (format) {
    case 'avif':
      return image.avif(options);
    case 'webp':
      return image.webp(options);
    case 'jpeg':
      return image.flatten({ background: WHITE }).jpeg({ quality });
  }
}
