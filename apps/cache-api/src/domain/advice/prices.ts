/** What something costs, in USD. */
export interface Price {
  usd: number;
  per: string;
  source: string;
}

export const PRICES_OF = {
  region: 'us-east-1',
  date: '2026-01',
  note: 'List prices, on demand, without tax, free tier, minimum or discount; to be checked against the pages named before money is spent on them.',
} as const;

const ELASTICACHE = 'https://aws.amazon.com/elasticache/pricing/';
const AURORA = 'https://aws.amazon.com/rds/aurora/pricing/';
const CLOUDFRONT = 'https://aws.amazon.com/cloudfront/pricing/';
const FARGATE = 'https://aws.amazon.com/fargate/pricing/';

export const PRICES = {
  redisGbHour: { usd: 0.125, per: 'GB-hour, ElastiCache Serverless for Redis OSS', source: ELASTICACHE },
  redisEcpu: {
    usd: 0.0034,
    per: 'million ECPUs, ElastiCache Serverless for Redis OSS',
    source: ELASTICACHE,
  },
  valkeyGbHour: { usd: 0.084, per: 'GB-hour, ElastiCache Serverless for Valkey', source: ELASTICACHE },
  valkeyEcpu: { usd: 0.0023, per: 'million ECPUs, ElastiCache Serverless for Valkey', source: ELASTICACHE },
  memcachedGbHour: {
    usd: 0.125,
    per: 'GB-hour, ElastiCache Serverless for Memcached',
    source: ELASTICACHE,
  },
  memcachedEcpu: {
    usd: 0.0034,
    per: 'million ECPUs, ElastiCache Serverless for Memcached',
    source: ELASTICACHE,
  },
  acuHour: { usd: 0.12, per: 'ACU-hour, Aurora Serverless v2, Standard', source: AURORA },
  auroraIo: { usd: 0.2, per: 'million I/O requests, Aurora Standard', source: AURORA },
  cloudFrontRequests: {
    usd: 0.01,
    per: '10,000 HTTPS requests, CloudFront, United States',
    source: CLOUDFRONT,
  },
  cloudFrontGb: { usd: 0.085, per: 'GB out, CloudFront, United States, first 10 TB', source: CLOUDFRONT },
  taskGbHour: { usd: 0.004445, per: 'GB-hour of memory, Fargate, Linux on x86', source: FARGATE },
} as const satisfies Record<string, Price>;

export interface CacheNode {
  type: string;
  usdPerHour: number;
  /** GiB, of which about a quarter is to be kept free (`reserved-memory-percent`, 25 by default). */
  memoryGib: number;
}

/** ElastiCache nodes for Redis OSS and Memcached; those for Valkey cost 20 % less. Source and date as above. */
export const NODES: readonly CacheNode[] = [
  { type: 'cache.t4g.micro', usdPerHour: 0.016, memoryGib: 0.5 },
  { type: 'cache.t4g.small', usdPerHour: 0.032, memoryGib: 1.37 },
  { type: 'cache.t4g.medium', usdPerHour: 0.065, memoryGib: 3.09 },
  { type: 'cache.r7g.large', usdPerHour: 0.219, memoryGib: 13.07 },
  { type: 'cache.r7g.xlarge', usdPerHour: 0.437, memoryGib: 26.32 },
  { type: 'cache.r7g.2xlarge', usdPerHour: 0.874, memoryGib: 52.82 },
];

/** AWS counts a month as this (AWS Pricing Calculator). */
export const HOURS = 730;
export const SECONDS = HOURS * 3_600;
