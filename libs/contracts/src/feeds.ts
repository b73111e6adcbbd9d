import { z } from 'zod';

const Addresses = z.object({
  ipv4: z.int(),
  ipv6: z.string().regex(/^\d+$/).describe('In decimal digits: too many for a number'),
});

export const FeedVerdict = z
  .object({
    at: z.iso.datetime(),
    outcome: z
      .enum(['applied', 'unchanged', 'refused', 'failed'])
      .describe('refused, failed: the last good copy stays in force'),
    reason: z.string().nullable().describe('Why it was refused, or has failed'),
    hash: z.string().nullable().describe('SHA-256 of the copy; null when there was none'),
    entries: z.int(),
    addresses: Addresses,
    added: z.int(),
    removed: z.int().describe('No longer listed: they expire after the time to live of the feed'),
    changed: z.int().describe('With another confidence'),
    leftOut: z
      .object({
        unreadable: z.int(),
        bogons: z.int().describe('Addresses that nobody on the Internet can have'),
        protected: z.int().describe('They would cut off what must stay reachable'),
        belowMinConfidence: z.int(),
        lines: z
          .array(z.object({ line: z.int(), text: z.string(), why: z.string() }))
          .describe('The first hundred, without those that are only too uncertain'),
      })
      .describe('Lines that are never applied'),
  })
  .meta({ id: 'FeedVerdict' });
export type FeedVerdict = z.infer<typeof FeedVerdict>;

export const FeedView = z
  .object({
    name: z.string(),
    from: z.string().describe('Without credentials and query'),
    format: z.string(),
    schedule: z.string(),
    source: z.string().describe('Of its entries'),
    lastGoodAt: z.iso.datetime().nullable().describe('When a copy was last found good, changed or not'),
    hash: z.string().nullable().describe('SHA-256 of the last good copy'),
    entries: z.int().describe('Of the last good copy'),
    addresses: Addresses,
    verdict: FeedVerdict.nullable().describe('What became of the last run'),
    refusedHash: z.string().nullable().describe('The copy that can be accepted'),
    accepted: z
      .object({ hash: z.string(), by: z.string() })
      .nullable()
      .describe('The copy that is applied if the next run fetches it'),
    nextRunAt: z.iso.datetime().nullable(),
    requestedAt: z.iso.datetime().nullable().describe('Somebody has asked for a run, which has not ended'),
  })
  .meta({ id: 'Feed' });
export type FeedView = z.infer<typeof FeedView>;

export const AcceptRequest = z
  .strictObject({ hash: z.string().describe('Of the refused copy') })
  .meta({ id: 'AcceptRequest' });

export const DroppedEntries = z.object({ ended: z.int() }).meta({ id: 'DroppedEntries' });
