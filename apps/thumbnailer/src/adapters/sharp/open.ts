import type { Verdict } from '@groundwork/contracts';
import sharp, { type Metadata } from 'sharp';
import { beginsLikeAnImage, isHevcPhoto } from '../../domain/sniff.ts';
import { isDisplayP3, type Gamut } from './gamut.ts';
import { firstLine, refuse } from './verdict.ts';

export interface Limits {
  /** Pixels of one frame. */
  maxPixels: number;
  maxFrames: number;
}

/** What the header says. */
export interface Opened {
  /** Upright, in pixels. */
  width: number;
  height: number;
  format: string;
  frames: number;
  gamut: Gamut;
  /** Pixels × frames that will be decoded. Only the first frame is. */
  cost: number;
}

/** SVG and PDF are not among them: they can refer to other files and cost any amount of work. */
const ACCEPTED = new Set(['jpeg', 'png', 'webp', 'gif', 'tiff', 'heif']);

/** Reads the header only: a bomb is refused before a pixel is decoded. */
export async function openOriginal(
  original: Uint8Array,
  limits: Limits,
): Promise<Opened | { verdict: Verdict }> {
  if (original.length === 0) return refuse('corrupt', 'The file is empty.');
  if (isHevcPhoto(original)) {
    return refuse(
      'unsupported',
      'HEIC photos with HEVC compression cannot be decoded here; upload JPEG, PNG, WebP or AVIF.',
    );
  }
  let metadata: Metadata;
  try {
    metadata = await sharp(original, { limitInputPixels: false }).metadata();
  } catch (error) {
    return beginsLikeAnImage(original)
      ? refuse('corrupt', `The image cannot be opened: ${firstLine(error)}.`)
      : refuse('unsupported', `The file is not an image that can be read: ${firstLine(error)}.`);
  }
  const { format, width, height, autoOrient, pages: frames = 1 } = metadata;
  if (format === undefined || !ACCEPTED.has(format)) {
    return refuse('unsupported', `${(format ?? 'This').toUpperCase()} files are not turned into thumbnails.`);
  }
  if (width * height > limits.maxPixels) {
    return refuse(
      'too_many_pixels',
      `The image has ${width} × ${height} pixels; at most ${limits.maxPixels} are accepted.`,
    );
  }
  if (frames > limits.maxFrames) {
    return refuse(
      'too_many_frames',
      `The image has ${frames} frames; at most ${limits.maxFrames} are accepted.`,
    );
  }
  const gamut = metadata.space === 'srgb' && isDisplayP3(metadata.icc) ? 'p3' : 'srgb';
  return { width: autoOrient.width, height: autoOrient.height, format, frames, gamut, cost: width * height };
}
