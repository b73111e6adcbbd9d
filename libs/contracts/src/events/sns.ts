import { z } from 'zod';

/** What SNS puts around a message delivered to SQS, unless raw delivery is on. */
export const SnsEnvelope = z.object({
  Type: z.literal('Notification'),
  MessageId: z.string(),
  TopicArn: z.string(),
  Message: z.string(),
  Timestamp: z.string().optional(),
  Subject: z.string().nullish(),
  MessageAttributes: z.record(z.string(), z.object({ Type: z.string(), Value: z.string() })).optional(),
});
export type SnsEnvelope = z.infer<typeof SnsEnvelope>;
