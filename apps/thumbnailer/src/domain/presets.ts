import { createHash } from 'node:crypto';
import type { ImageFormat } from '@groundwork/contracts';

/** A size that thumbnails are made in. */
export interface Preset {
  name: string;
  /** The box in pixels; smaller originals are not enlarged. */
  width: number;
  height: number;
  /** `inside`: the whole picture within the box. `cover`: the box filled, what sticks out is cut off. */
  fit: 'inside' | 'cover';
  /** Of `cover`: the middle is kept, or what draws attention. A focus given with the upload goes before both. */
  crop: 'centre' | 'attention';
  encodings: readonly Encoding[];
}

export interface Encoding {
  format: ImageFormat;
  /** 1 to 100. */
  quality: number;
  /** 0 (fast) to 6 (small) of libwebp, to 9 of libaom. WebP at 2 costs a third less CPU than at 4 and 4 % more bytes at 800 px. */
  effort?: number;
}

/** Everything that decides what the bytes of a thumbnail are, apart from the original. */
export interface Recipe {
  presets: readonly Preset[];
  /** Changes when the encoder does, for example `sharp 0.35.5, libvips 8.18.0`. */
  encoder: string;
  /** What decides whether an original is refused. A verdict reached under other limits is reached again. */
  limits: readonly number[];
}

/** AVIF costs twenty times the CPU of the others, so it is made in a second pass, when nothing else is to do. */
export function isDeferred(encoding: Encoding): boolean {
  return encoding.format === 'avif';
}

/** Names what images, or a verdict, were made with: manifests made with something else are out of date. */
export function recipeHash({ presets, encoder, limits }: Recipe, state: 'ready' | 'failed'): string {
  return hash(state === 'ready' ? [presets, encoder] : [presets, encoder, limits]);
}

/** 128 bits, in hex, of a SHA-256 over the JSON of the parts. */
export function hash(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
