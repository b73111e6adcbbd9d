import { z } from 'zod';
import { parseYamlFile } from '../yaml-file.ts';
import { checkCron } from './schedule.ts';

const Percent = z.int().min(0);

/** When a copy is refused as a whole, and which lines are left out of it. */
const Guard = z.strictObject({
  /** Of the last good copy, in entries, and in addresses of each family. */
  maxShrinkPercent: Percent.max(100).default(30),
  maxGrowthPercent: Percent.max(1_000_000).default(200),
  minEntries: z.int().min(0).default(1),
  /**
   * Percent of all addresses that can be anybody's, also for the first copy. Lists of attackers have
   * less than 1 % of IPv4, those of data centers some. Most of 2000::/3 nobody has: 1 % of it are five
   * /12, and those of the five registries are nearly all of IPv6 that is in use.
   */
  maxShare: z
    .strictObject({
      ipv4: z.number().min(0).max(100).default(10),
      ipv6: z.number().min(0).max(100).default(0.01),
    })
    .prefault({}),
  widestPrefix: z
    .strictObject({
      ipv4: z.int().min(1).max(32).default(8),
      ipv6: z.int().min(1).max(128).default(19),
    })
    .prefault({}),
  maxBadLinesPercent: Percent.max(100).default(5),
  /** Addresses that nobody on the Internet can have. */
  bogons: z.enum(['leave-out', 'accept']).default('leave-out'),
});
export type Guard = z.infer<typeof Guard>;

const Limits = z.strictObject({
  /** After decompression. */
  maxBytes: z
    .int()
    .min(1)
    .max(512 * 1_048_576)
    .default(64 * 1_048_576),
  /** Each of a million takes about a kilobyte of memory while it is compared. */
  maxEntries: z.int().min(1).max(5_000_000).default(1_000_000),
  timeoutSeconds: z.int().min(1).max(600).default(60),
});

/** By its name in the first line, or by its number from 1. */
const Column = z.union([z.string().min(1), z.int().min(1)]);

const Csv = z.strictObject({
  column: Column,
  confidenceColumn: Column.optional(),
  delimiter: z.string().length(1).default(','),
  header: z.boolean().default(true),
});
export type Csv = z.infer<typeof Csv>;

const Feed = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,47}$/, 'must be lower-case letters, digits and dashes'),
  url: z.url({ protocol: /^https?$/, error: 'must be an https:// or http:// address' }).optional(),
  s3: z
    .string()
    .regex(/^s3:\/\/[^/]+\/.+$/, 'must look like s3://bucket/key')
    .optional(),
  file: z.string().min(1).optional(),
  /** plain and netset are the same: an address, network or range per line. */
  format: z.enum(['plain', 'netset', 'csv', 'spamhaus', 'ipsum']),
  csv: Csv.optional(),
  schedule: z.union([
    z.string(),
    z.strictObject({ every: z.string().regex(/^[1-9]\d{0,3}[mhd]$/, 'must be a period, as 15m, 1h or 1d') }),
  ]),
  /** Of every entry, where the list does not say it line by line. */
  confidence: z.int().min(0).max(100).default(100),
  minConfidence: z.int().min(0).max(100).default(0),
  /** How long an address stays blocked that is not listed any more; 0: not at all. */
  ttlSeconds: z.int().min(0).max(315_360_000),
  guard: Guard.prefault({}),
  limits: Limits.prefault({}),
});
export type Feed = z.infer<typeof Feed>;

const FeedFile = z.strictObject({ feeds: z.array(Feed).default([]) }).superRefine(({ feeds }, ctx) => {
  for (const [i, feed] of feeds.entries()) {
    const complain = (path: string, message: string): void =>
      ctx.addIssue({ code: 'custom', path: ['feeds', i, path], message });
    if (feeds.slice(0, i).some(({ name }) => name === feed.name)) {
      complain('name', `${feed.name} is there twice`);
    }
    if ([feed.url, feed.s3, feed.file].filter((from) => from !== undefined).length !== 1) {
      complain('url', 'a feed comes from exactly one of url, s3 and file');
    }
    checkCsv(feed, complain);
    checkSchedule(feed, complain);
  }
});

function checkCsv({ format, csv }: Feed, complain: (path: string, message: string) => void): void {
  if ((format === 'csv') !== (csv !== undefined)) {
    complain('csv', 'the format csv needs to know the column, and no other format does');
  }
  const columns = [csv?.column, csv?.confidenceColumn];
  if (csv?.header === false && columns.some((column) => typeof column === 'string')) {
    complain('csv', 'without a header columns have numbers, and no names');
  }
}

function checkSchedule({ schedule }: Feed, complain: (path: string, message: string) => void): void {
  if (typeof schedule !== 'string') return;
  try {
    checkCron(schedule);
  } catch (error) {
    complain('schedule', `must be a cron expression of five parts: ${(error as Error).message}`);
  }
}

/** Reads a feed file. Throws an Error that names everything that is wrong with it. */
export function parseFeeds(yaml: string): Feed[] {
  return parseYamlFile('feeds', yaml, FeedFile).feeds;
}

/** What the entries of a feed have as their source. */
export function sourceOf(name: string): string {
  return `feed:${name}`;
}
