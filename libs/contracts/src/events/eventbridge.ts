import { z } from 'zod';

/**
 * S3 event as EventBridge delivers it. Unlike the direct notification the key is
 * *not* encoded and the ETag is named `etag`.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 */
export const EventBridgeS3Event = z.object({
  id: z.string(),
  source: z.literal('aws.s3'),
  'detail-type': z.string(),
  time: z.string(),
  region: z.string().optional(),
  detail: z.object({
    bucket: z.object({ name: z.string() }),
    object: z.object({
      key: z.string(),
      size: z.number().optional(),
      etag: z.string().optional(),
      'version-id': z.string().optional(),
      sequencer: z.string().optional(),
    }),
    'request-id': z.string().optional(),
    reason: z.string().optional(),
    'deletion-type': z.string().optional(),
  }),
});
export type EventBridgeS3Event = z.infer<typeof EventBridgeS3Event>;
