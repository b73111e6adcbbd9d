import { z } from 'zod';

/**
 * S3 event notification, version 2.x.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 * Unknown members are kept out, unknown minor versions are accepted: AWS adds
 * members in minor versions and asks consumers to compare the major only.
 */
export const S3EventRecord = z.object({
  eventVersion: z.string().regex(/^2\.\d+$/, 'only major version 2 is understood'),
  eventSource: z.literal('aws:s3'),
  awsRegion: z.string(),
  eventTime: z.string(),
  /** Without the `s3:` prefix that the notification configuration uses. */
  eventName: z.string(),
  responseElements: z.object({ 'x-amz-request-id': z.string().optional() }).optional(),
  s3: z.object({
    bucket: z.object({ name: z.string(), arn: z.string().optional() }),
    object: z.object({
      /** Form-encoded: a space is `+`, everything else percent-encoded except `/`. */
      key: z.string(),
      size: z.number().optional(),
      eTag: z.string().optional(),
      versionId: z.string().optional(),
      sequencer: z.string().optional(),
    }),
  }),
});
export type S3EventRecord = z.infer<typeof S3EventRecord>;

export const S3Event = z.object({ Records: z.array(S3EventRecord) });
export type S3Event = z.infer<typeof S3Event>;

/** Sent once when a notification configuration is put. It has no `Records`. */
export const S3TestEvent = z.object({
  Service: z.literal('Amazon S3'),
  Event: z.literal('s3:TestEvent'),
  Bucket: z.string(),
});

/** `red+flower%C3%A9.jpg` → `red floweré.jpg`. Throws URIError on a broken escape. */
export function decodeS3Key(encoded: string): string {
  return decodeURIComponent(encoded.replaceAll('+', ' '));
}

/** The encoding S3 uses in its events: `red floweré.jpg` → `red+flower%C3%A9.jpg`. */
export function encodeS3Key(key: string): string {
  return encodeURIComponent(key)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/')
    .replace(/[!'()]/g, (c) => `%${c.codePointAt(0)?.toString(16).toUpperCase()}`);
}
