import type { Focus, Verdict } from '@groundwork/contracts';
import type { Encoding, Preset } from '../domain/presets.ts';

export interface RenderJob {
  presets: readonly Preset[];
  /** Where the uploader wants all crops centred. */
  given?: Focus | undefined;
  /** What was found to draw attention when earlier images of the same bytes were made. */
  found?: Focus | undefined;
}

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
  /** More than one: an animation. */
  frames: number;
  /** Base64 of a thumbhash, about 25 bytes: a blurred preview. https://evanw.github.io/thumbhash/ */
  thumbhash: string;
  /** `#rrggbb` */
  dominantColour: string;
  /** The file is damaged, but could be decoded in part. */
  salvaged: boolean;
  /** What draws attention: present when a preset asks for it and the uploader has not said. */
  focus?: Focus | undefined;
}

export type Rendered =
  | { ok: true; impression: Impression; renditions: Rendition[] }
  | { ok: false; verdict: Verdict };

/** Makes all thumbnails of one original from a single decode. */
export interface Renderer {
  /** Part of the recipe: changes when the output may. */
  readonly encoder: string;
  /** Rejects only for what may be better next time; what is the file's fault is a verdict. */
  render(original: Uint8Array, job: RenderJob): Promise<Rendered>;
}
