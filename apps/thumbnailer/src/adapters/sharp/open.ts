import type { Verdict } from '@groundwork/contracts';
import sharp, { type Metadata } from 'sharp';
import { countWebpFrames, isHevcPhoto, kindOf, otherKindOf, type Kind } from '../../domain/sniff.ts';
import { isDisplayP3, type Gamut } from './gamut.ts';
import { withoutTexts } from './png-texts.ts';
import { explain, refuse } from './verdict.ts';

export interface Limits {
  /** Pixels of one frame. */
  maxPixels: number;
  maxFrames: number;
}

/** What the header says. */
export interface Opened {
  /** The upload, or as much of it as goes to the decoder. */
  original: Uint8Array;
  kind: Kind;
  /** Upright, in pixels. */
  width: number;
  height: number;
  format: string;
  frames: number;
  gamut: Gamut;
  channels: number;
  /** Pixels that will be decoded: those of the first frame. */
  cost: number;
}

/** Reads the header only: a bomb is refused before a pixel is decoded. */
export async function openOriginal(
  upload: Uint8Array,
  limits: Limits,
): Promise<Opened | { verdict: Verdict }> {
  if (upload.length === 0) return refuse('corrupt', 'The file is empty.');
  if (isHevcPhoto(upload)) {
    return refuse(
      'unsupported',
      'HEIC photos with HEVC compression cannot be decoded here; upload JPEG, PNG, WebP or AVIF.',
    );
  }
  // Before libvips sees it: its loaders of other formats read XML and whatever that refers to.
  const kind = kindOf(upload);
  if (kind === undefined) {
    const other = otherKindOf(upload) ?? 'not an image';
    return refuse('unsupported', `The file is ${other}; upload JPEG, PNG, WebP, GIF, TIFF or AVIF.`);
  }
  if (kind === 'WebP' && countWebpFrames(upload, limits.maxFrames + 1) > limits.maxFrames) {
    return refuse('too_many_frames', `The image has more than ${limits.maxFrames} frames.`);
  }
  const original = kind === 'PNG' ? withoutTexts(upload) : upload;
  let metadata: Metadata;
  try {
    metadata = await sharp(original, { limitInputPixels: false }).metadata();
  } catch (error) {
    return explain(error, kind);
  }
  const { format, width, height, autoOrient, channels, pages: frames = 1 } = metadata;
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
  return {
    original,
    kind,
    width: autoOrient.width,
    height: autoOrient.height,
    format,
    frames,
    gamut,
    channels,
    cost: width * height,
  };
}
