import type { Verdict } from '@groundwork/contracts';
import type { Encoding, Preset } from '../domain/presets.ts';

export interface Rendition {
  preset: Preset;
  encoding: Encoding;
  width: number;
  height: number;
  bytes: Uint8Array;
  /** MD5 in hex: the ETag that S3 gives a plain PUT. */
  etag: string;
}

/** What is known of a picture besides its thumbnails. */
export interface Impression {
  /** Upright, in pixels. */
  width: number;
  height: number;
  format: string;
  /** Base64 of a thumbhash, about 25 bytes: a blurred preview. https://evanw.github.io/thumbhash/ */
  thumbhash: string;
  /** `#rrggbb` */
  dominantColour: string;
  /** The file is damaged, but could be decoded in part. */
  salvaged: boolean;
}

export type Rendered =
  | { ok: true; impression: Impression; renditions: Rendition[] }
  | { ok: false; verdict: Verdict };

/** Makes all thumbnails of one original from a single decode. */
export interface Renderer {
  /** Part of the recipe: changes when the output may. */
  readonly encoder: string;
  render(original: Uint8Array, presets: readonly Preset[]): Promise<Rendered>;
}
