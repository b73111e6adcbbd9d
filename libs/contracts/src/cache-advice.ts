import { z } from 'zod';

const share = z.number().min(0).max(1);
const usd = z.number().describe('USD a month, at list prices');
const policy = z.enum(['lru', 'sieve', 's3-fifo', 'w-tinylfu']).describe('What goes when L1 is full');

const Cost = z.object({ what: z.string(), usd, formula: z.string() });

const Staleness = z
  .object({
    share: share.describe('Of answers, that showed something changed already'),
    p50Ms: z.number().describe('For how long it had been changed, half of them'),
    p99Ms: z.number(),
  })
  .describe('By changes that this cache has heard of');

export const CacheAdvicePoint = z
  .object({
    ttlSeconds: z.number(),
    l1Bytes: z.number().describe('Of the whole process'),
    policy,
    isPresent: z.boolean(),
    isSeen: z.boolean().describe('false: the record is too short to tell what such a TTL does'),
    hitRatio: share.describe('Answers that waited for no load'),
    hitRatioError: z.number().describe('Standard error of it, as only a share of the keys is sampled'),
    l1HitRatio: share,
    loadsPerSecond: z.number().describe('Of this instance'),
    meanMs: z.number(),
    p50Ms: z.number(),
    p99Ms: z.number(),
    staleness: Staleness,
    stalenessByTtlOnly: Staleness.describe('If nothing were invalidated'),
    monthlyUsd: usd.describe('Of all instances, what varies with these settings'),
  })
  .meta({ id: 'CacheAdvicePoint' });
export type CacheAdvicePoint = z.infer<typeof CacheAdvicePoint>;

export const CollectionAdvice = z
  .object({
    collection: z.string(),
    observed: z
      .object({
        seconds: z.number().describe('Since when it was counted'),
        requestsPerSecond: z.number(),
        hitRatio: share,
        byTier: z.object({ l1: share, store: share, source: share }),
        loadsPerSecond: z.number(),
        p50Ms: z.number(),
        p99Ms: z.number(),
        staleShare: share.describe(
          'Answers past their TTL, shown while they were loaded anew or could not be',
        ),
      })
      .describe('Every answer of the last one to two hours, of this instance'),
    sample: z.object({
      requests: z.int(),
      keys: z.int(),
      share: share.describe('Of all keys; all requests of these are kept'),
      seconds: z.number().describe('How far back it reaches'),
      l1Share: share.describe(
        'What this collection is taken to have of L1: as of the bytes of what is asked for',
      ),
      confidence: z.enum(['none', 'low', 'good']),
      note: z.string().describe('What is assumed or too little'),
    }),
    points: z.array(CacheAdvicePoint).describe('The present settings first, then others; for a chart'),
    costs: z.object({
      present: z.array(Cost),
      recommended: z.array(Cost),
      besides: z
        .array(Cost)
        .describe(
          'For comparison: a node that would hold the store; CloudFront, if it is all passed through it',
        ),
    }),
    recommendation: z.object({
      change: z
        .object({ ttlSeconds: z.number(), l1Bytes: z.number(), policy })
        .partial()
        .describe('Empty: no change'),
      why: z.string(),
    }),
  })
  .meta({ id: 'CollectionAdvice' });
export type CollectionAdvice = z.infer<typeof CollectionAdvice>;

export const CacheAdvice = z
  .object({
    at: z.iso.datetime(),
    present: z.object({
      l1Bytes: z.number(),
      policy,
      store: z.enum(['redis', 'memcached', 'memory', 'none']),
      hearsChanges: z.boolean(),
      instances: z.int(),
    }),
    prices: z.object({
      region: z.string(),
      date: z.string(),
      note: z.string(),
      list: z.array(z.object({ usd: z.number(), per: z.string(), source: z.string() })),
    }),
    cpuMs: z.number().describe('What this took'),
    isComplete: z.boolean().describe('false: time was up before all was tried'),
    collections: z.array(CollectionAdvice),
  })
  .meta({ id: 'CacheAdvice' });
export type CacheAdvice = z.infer<typeof CacheAdvice>;
