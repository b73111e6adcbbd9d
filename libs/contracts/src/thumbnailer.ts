import { z } from 'zod';

export const ImageFormat = z.enum(['avif', 'webp', 'jpeg']);
export type ImageFormat = z.infer<typeof ImageFormat>;

/** What a crop keeps in its middle: fractions of width and height of the upright picture, from top left. */
export const Focus = z.object({ x: z.number().min(0).max(1), y: z.number().min(0).max(1) });
export type Focus = z.infer<typeof Focus>;

/** One version of one object in the uploads bucket. */
export const SourceVersion = z.object({
  etag: z.string().describe('S3 ETag without quotes'),
  versionId: z.string().optional().describe('Only on versioned buckets'),
  bytes: z.int(),
  lastModified: z.iso.datetime(),
  focus: Focus.optional().describe('From the metadata `focus` of the upload, for example `0.5,0.3`'),
});
export type SourceVersion = z.infer<typeof SourceVersion>;

/** A finished thumbnail. Its key names its content and never changes. */
export const Derivative = z.object({
  preset: z.string(),
  format: ImageFormat,
  key: z.string().describe('Key in the thumbnails bucket, also its path below the service'),
  content: z.string().describe('Hash of all that it is made of'),
  width: z.int().describe('Pixels'),
  height: z.int().describe('Pixels'),
  bytes: z.int(),
  etag: z.string(),
});
export type Derivative = z.infer<typeof Derivative>;

/** Why an object cannot become thumbnails. Final for that version of the object. */
export const Verdict = z.object({
  code: z.enum(['corrupt', 'unsupported', 'too_large', 'too_many_pixels', 'too_many_frames', 'too_slow']),
  reason: z.string().describe('A sentence for the person who uploaded it'),
});
export type Verdict = z.infer<typeof Verdict>;

const manifestBase = {
  bucket: z.string(),
  key: z.string(),
  /** Grows by one with each swap, so that no two manifests of a source have the same ETag. */
  revision: z.int().min(1),
  /** Part of the names of new images; raised before images are collected, so that their names never come back. */
  generation: z.int().min(0),
  /** Names the attempt that wrote it: whose answer was lost finds out whether it was theirs. */
  writer: z.string(),
  /** Images that are no longer named here may still be stored. */
  leftovers: z.boolean(),
  updatedAt: z.iso.datetime(),
};

export const ReadyManifest = z.object({
  ...manifestBase,
  state: z.literal('ready'),
  source: SourceVersion.extend({
    width: z.int().describe('Pixels, upright'),
    height: z.int().describe('Pixels, upright'),
    format: z.string(),
    frames: z.int().min(1).describe('More than one: an animation, of which the first is shown'),
    salvaged: z.boolean().describe('The file is damaged and was decoded as far as it goes'),
  }),
  focus: Focus.optional().describe('What draws attention, found once for all crops that ask for it'),
  thumbhash: z.string().describe('Base64 of a thumbhash: a blurred preview in about 25 bytes'),
  dominantColour: z.string().regex(/^#[0-9a-f]{6}$/),
  recipe: z.string().describe('Hash of all presets and encoder settings it was made with'),
  derivatives: z.array(Derivative),
  awaiting: z.array(ImageFormat).describe('Formats that are made later, at low priority'),
  givenUp: Verdict.optional().describe('Why formats that were to come later will not'),
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

/** What is told to the events topic. At least once: `revision` tells repetitions and order. */
export const ThumbnailsEvent = z
  .object({
    type: z.enum(['ThumbnailsReady', 'ThumbnailsFailed', 'ThumbnailsGone']),
    occurredAt: z.iso.datetime(),
    manifest: Manifest,
  })
  .meta({ id: 'ThumbnailsEvent' });
export type ThumbnailsEvent = z.infer<typeof ThumbnailsEvent>;

/** A message of the deferred queue: an object to look at again, or a sweep to go on with. */
export const DeferredWork = z.union([
  z.strictObject({
    tend: z.strictObject({
      bucket: z.string(),
      key: z.string(),
      revision: z.int().optional().describe('Of the manifest it was sent for: a newer one has sent its own'),
    }),
  }),
  z.strictObject({ sweep: z.string(), revision: z.int().describe('The state it is to go on from') }),
]);
export type DeferredWork = z.infer<typeof DeferredWork>;

export const SweepKind = z.enum(['reconciliation', 'backfill']);
export type SweepKind = z.infer<typeof SweepKind>;

/** How the stored thumbnails of one upload differ from what they should be. */
export const Drift = z.enum(['missing', 'stale', 'unfinished', 'orphaned', 'leftover']);
export type Drift = z.infer<typeof Drift>;

export const SweepRequest = z
  .strictObject({
    prefix: z.string().max(1_024).default('').describe('Only uploads whose key begins so'),
    apply: z.boolean().describe('False: only report what differs. True: put it right'),
    ratePerSecond: z.int().min(1).max(10_000).default(100).describe('Uploads looked at per second, at most'),
  })
  .meta({ id: 'SweepRequest' });
export type SweepRequest = z.infer<typeof SweepRequest>;

/** A walk over all uploads, and its state between two pages. */
export const Sweep = z
  .object({
    id: z.string(),
    kind: SweepKind,
    request: SweepRequest,
    state: z.enum(['counting', 'uploads', 'images', 'finished', 'cancelled']),
    cursor: z.string().optional().describe('Where the next page begins'),
    waitingFor: z
      .enum(['uploads', 'deferred'])
      .optional()
      .describe('Queue that has to become shorter before it goes on'),
    total: z.int().describe('Uploads counted'),
    scanned: z.int().describe('Uploads looked at'),
    found: z.partialRecord(Drift, z.int()),
    sent: z.int().describe('Objects handed to the deferred queue'),
    samples: z
      .array(z.object({ drift: Drift, key: z.string(), reason: z.string() }))
      .describe('The first hundred findings'),
    revision: z.int(),
    writer: z.string(),
    startedAt: z.iso.datetime(),
    scanningSince: z.iso.datetime().optional(),
    updatedAt: z.iso.datetime(),
    nextAt: z.iso.datetime().describe('Not before: that would be faster than its rate'),
  })
  .meta({ id: 'Sweep', description: 'A reconciliation or backfill' });
export type Sweep = z.infer<typeof Sweep>;
