import { z } from 'zod';

export const ImageFormat = z.enum(['webp', 'jpeg']);
export type ImageFormat = z.infer<typeof ImageFormat>;

/** One version of one object in the uploads bucket. */
export const SourceVersion = z.object({
  etag: z.string().describe('S3 ETag without quotes'),
  versionId: z.string().optional().describe('Only on versioned buckets'),
  bytes: z.int(),
  lastModified: z.iso.datetime(),
});
export type SourceVersion = z.infer<typeof SourceVersion>;

/** A finished thumbnail. Its key names its content and never changes. */
export const Derivative = z.object({
  preset: z.string(),
  format: ImageFormat,
  key: z.string().describe('Key in the thumbnails bucket, also its path below the service'),
  width: z.int().describe('Pixels'),
  height: z.int().describe('Pixels'),
  bytes: z.int(),
  etag: z.string(),
});
export type Derivative = z.infer<typeof Derivative>;

/** Why an object cannot become thumbnails. Final for that version of the object. */
export const Verdict = z.object({
  code: z.enum(['corrupt', 'unsupported', 'too_large', 'too_many_pixels']),
  reason: z.string().describe('A sentence for the person who uploaded it'),
});
export type Verdict = z.infer<typeof Verdict>;

const manifestBase = {
  bucket: z.string(),
  key: z.string(),
  /** Grows by one with each swap, so that no two manifests of a source have the same ETag. */
  revision: z.int().min(1),
  updatedAt: z.iso.datetime(),
};

export const ReadyManifest = z.object({
  ...manifestBase,
  state: z.literal('ready'),
  source: SourceVersion.extend({
    width: z.int().describe('Pixels, upright'),
    height: z.int().describe('Pixels, upright'),
    format: z.string(),
    salvaged: z.boolean().describe('The file is damaged and was decoded as far as it goes'),
  }),
  thumbhash: z.string().describe('Base64 of a thumbhash: a blurred preview in about 25 bytes'),
  dominantColour: z.string().regex(/^#[0-9a-f]{6}$/),
  recipe: z.string().describe('Hash of all presets and encoder settings it was made with'),
  derivatives: z.array(Derivative),
});
export type ReadyManifest = z.infer<typeof ReadyManifest>;

export const FailedManifest = z.object({
  ...manifestBase,
  state: z.literal('failed'),
  source: SourceVersion,
  recipe: z.string(),
  verdict: Verdict,
});
export type FailedManifest = z.infer<typeof FailedManifest>;

/** The tombstone of a deleted source: it fences late writers that saw the object alive. */
export const GoneManifest = z.object({ ...manifestBase, state: z.literal('gone') });
export type GoneManifest = z.infer<typeof GoneManifest>;

export const Manifest = z
  .discriminatedUnion('state', [ReadyManifest, FailedManifest, GoneManifest])
  .meta({ id: 'Manifest', description: 'What is known of one source and its thumbnails' });
export type Manifest = z.infer<typeof Manifest>;
