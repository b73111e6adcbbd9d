import { z } from 'zod';

export const EntryAction = z.enum(['block', 'allow']);
export type EntryAction = z.infer<typeof EntryAction>;

/** What an entry is about, as the caller writes it. */
const subject = {
  cidr: z.string().optional().describe('A network, `203.0.113.0/24`, or one address, `203.0.113.9`'),
  range: z.string().optional().describe('`203.0.113.5-203.0.113.20`'),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 alpha-2 code')
    .optional(),
};

export const NewEntry = z
  .strictObject({
    ...subject,
    action: EntryAction,
    reason: z.string().min(1).max(500),
    source: z
      .string()
      .regex(/^[a-z0-9][a-z0-9:._-]{0,63}$/, 'must be lower-case letters, digits and :._-')
      .default('api')
      .describe('Who says so; the same source saying the same again renews its entry'),
    confidence: z
      .int()
      .min(0)
      .max(100)
      .default(100)
      .describe('What is least sure gives way first where room is short'),
    ttlSeconds: z.int().min(1).max(315_360_000).optional().describe('Without it the entry is permanent'),
    force: z.boolean().default(false).describe('Block also what is protected'),
  })
  .refine(
    ({ cidr, range, country }) => [cidr, range, country].filter((one) => one !== undefined).length === 1,
    {
      error: 'must have exactly one of cidr, range and country',
    },
  )
  .meta({ id: 'NewEntry' });
export type NewEntry = z.infer<typeof NewEntry>;

export const Entry = z
  .object({
    id: z.uuid(),
    action: EntryAction,
    subject: z.string().describe('Canonical: a network, a range, or a country'),
    reason: z.string(),
    source: z.string(),
    confidence: z.int(),
    createdBy: z.string(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().nullable().describe('Null: permanent'),
    endedAt: z.iso.datetime().nullable().describe('Null: in force'),
  })
  .meta({ id: 'Entry' });
export type Entry = z.infer<typeof Entry>;

/** One line of the answer to a bulk load that was not taken. */
export const RejectedLine = z.object({ line: z.int(), code: z.string(), message: z.string() });
export type RejectedLine = z.infer<typeof RejectedLine>;

export const BulkResult = z
  .object({
    lines: z.int(),
    created: z.int(),
    renewed: z.int(),
    rejected: z.int(),
    rejectedLines: z.array(RejectedLine).describe('The first thousand'),
  })
  .meta({ id: 'BulkResult' });
export type BulkResult = z.infer<typeof BulkResult>;

export const EntryChange = z
  .strictObject({
    ttlSeconds: z.int().min(1).max(315_360_000).nullable().optional().describe('From now; null: permanent'),
    reason: z.string().min(1).max(500).optional(),
  })
  .refine(({ ttlSeconds, reason }) => ttlSeconds !== undefined || reason !== undefined, {
    error: 'must have ttlSeconds or reason',
  })
  .meta({ id: 'EntryChange' });

export const AuditRecord = z
  .object({
    seq: z.int(),
    at: z.iso.datetime(),
    actor: z.string(),
    what: z.string(),
    entryId: z.uuid().nullable(),
    target: z.string().nullable(),
    detail: z.unknown(),
  })
  .meta({ id: 'AuditRecord' });

export const Explanation = z
  .object({
    ip: z.string(),
    verdict: z.enum(['blocked', 'allowed', 'not-listed']),
    because: z.string(),
    entries: z.array(Entry).describe('All that name the address, those that win first'),
  })
  .meta({ id: 'Explanation' });
