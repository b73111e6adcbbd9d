import { z } from 'zod';
import { HostExplanation } from './agents.ts';

export const EntryAction = z.enum(['block', 'allow']);
export type EntryAction = z.infer<typeof EntryAction>;

/** ISO 3166-1, all that are officially assigned. https://www.iso.org/obp/ui/#search/code/ */
const COUNTRIES = new Set(
  (
    'AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ ' +
    'CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR ' +
    'GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP ' +
    'KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT ' +
    'MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW ' +
    'SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ ' +
    'UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW'
  ).split(' '),
);

export const Country = z
  .string()
  .refine((code) => COUNTRIES.has(code), 'must be an ISO 3166-1 alpha-2 code, as DE')
  .meta({ example: 'DE' });

/** What an entry is about, as the caller writes it. */
const subject = {
  cidr: z.string().optional().describe('A network, `203.0.113.0/24`, or one address, `203.0.113.9`'),
  range: z.string().optional().describe('`203.0.113.5-203.0.113.20`'),
  country: Country.optional(),
};

const isOne = ({ cidr, range, country }: { cidr?: unknown; range?: unknown; country?: unknown }): boolean =>
  [cidr, range, country].filter((one) => one !== undefined).length === 1;
const ONE = { error: 'must have exactly one of cidr, range and country' };

export const Subject = z.strictObject(subject).refine(isOne, ONE);

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
  .refine(isOne, ONE)
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
    rejectedLines: z.array(RejectedLine).describe('Every one of them'),
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

const networks = z.array(z.string()).describe('Networks, the first thousand');
const NetworkChanges = z.object({
  added: networks,
  removed: networks,
  addedCount: z.int(),
  removedCount: z.int(),
});
const changes = {
  block: NetworkChanges.describe('What is blocked'),
  allow: NetworkChanges.describe('What is let through although it is blocked'),
  countries: NetworkChanges.describe('Countries that are blocked, by their codes'),
};

export const TargetView = z
  .object({
    name: z.string(),
    kind: z.enum(['waf-ip-set', 'network-acl', 'cloudfront-geo', 'security-group']),
    topology: z.string(),
    mode: z.enum(['auto', 'plan']).describe('plan: nothing is written before its plan is approved'),
    phase: z.enum(['in-sync', 'writing', 'waiting', 'failing', 'unknown']),
    message: z.string().describe('What it is doing, what it waits for, or what hinders it'),
    conditions: z
      .array(
        z.object({
          severity: z.enum(['note', 'blind']),
          message: z.string(),
          source: z.url().optional().describe('Where AWS says so'),
        }),
      )
      .describe('blind: it blocks nobody although it holds addresses'),
    version: z.int().describe('Grows with every change of what it enforces'),
    observedAt: z.iso.datetime().nullable().describe('When it was last seen whole'),
    drift: z
      .object({ at: z.iso.datetime(), what: z.string() })
      .nullable()
      .describe('The last change that was not ours'),
    pin: z
      .object({
        kind: z.enum(['approved', 'rollback']),
        of: z.string(),
        by: z.string(),
        at: z.iso.datetime(),
      })
      .nullable()
      .describe('What it is kept at, whatever the entries say'),
  })
  .meta({ id: 'Target' });
export type TargetView = z.infer<typeof TargetView>;

export const PlanView = z
  .object({
    target: z.string(),
    hash: z.string().describe('Stands for what is held now and what will be'),
    isEmpty: z.boolean(),
    ...changes,
  })
  .meta({ id: 'Plan' });
export type PlanView = z.infer<typeof PlanView>;

export const ApplyRequest = z.strictObject({ hash: z.string() }).meta({ id: 'ApplyRequest' });
export const RollbackRequest = z.strictObject({ version: z.int().min(1) }).meta({ id: 'RollbackRequest' });

export const TargetVersionView = z
  .object({
    version: z.int(),
    at: z.iso.datetime(),
    cause: z.enum(['write', 'drift']).describe('drift: somebody else changed it'),
    what: z.string(),
    ...changes,
  })
  .meta({ id: 'TargetVersion' });
export type TargetVersionView = z.infer<typeof TargetVersionView>;

const counts = <N extends z.ZodType>(number: N) =>
  z.object({
    listed: number.describe('Addresses blocked and not allowed, by the entries: the sum of the next four'),
    enforced: number.describe('… that are blocked here'),
    pending: number.describe('… that will be, by the next writes or once its plan is approved'),
    dropped: number.describe('… that there is no room for'),
    unenforceable: number.describe('… that cannot be blocked here: see conditions'),
    collateral: number.describe('Not listed, and blocked because something wider had to be'),
    leftover: number.describe('Not listed any more, and blocked until the next writes'),
    networks: z.int().describe('Networks that it holds'),
    capacity: z.int().describe('Networks that it can hold'),
  });

export const CoverageView = z
  .object({
    target: z.string(),
    phase: TargetView.shape.phase,
    conditions: TargetView.shape.conditions,
    ipv4: counts(z.int()),
    ipv6: counts(z.string().regex(/^\d+$/)).describe('In decimal digits: too many for a number'),
    countries: z
      .object({
        enforced: z.array(z.string()),
        pending: z
          .array(z.string())
          .describe('Will be blocked, by the next writes or once its plan is approved'),
        dropped: z.array(z.string()).describe('There is no room for them'),
        unenforceable: z.array(z.string()).describe('Cannot be blocked here: see conditions'),
        leftover: z.array(z.string()).describe('Blocked, and to be blocked no more'),
      })
      .describe('By their codes'),
    droppedNetworks: networks.describe('What there is no room for: the first thousand networks'),
    allowsNotHonoured: networks.describe(
      'Allowed addresses that are turned away all the same if they are in a blocked country, the first thousand',
    ),
    timeToBlock: z
      .object({
        count: z.int(),
        p50Ms: z.int().nullable(),
        p99Ms: z.int().nullable(),
      })
      .describe('From accepted to acknowledged, blocks of the last day'),
  })
  .meta({ id: 'Coverage' });
export type CoverageView = z.infer<typeof CoverageView>;

export const TargetExplanation = z
  .object({
    target: z.string(),
    topology: z.string(),
    status: z.enum([
      'enforced',
      'collateral',
      'allowed',
      'allow-not-honoured',
      'open',
      'pending',
      'dropped',
      'unenforceable',
    ]),
    because: z.string(),
    source: z.url().optional().describe('Where AWS says so'),
    by: z
      .object({
        part: z.string().describe('IP set, network ACL …'),
        network: z.string().describe('Or the country'),
        since: z.iso.datetime(),
      })
      .nullable(),
  })
  .meta({ id: 'TargetExplanation' });
export type TargetExplanation = z.infer<typeof TargetExplanation>;

export const Explanation = z
  .object({
    ip: z.string(),
    country: z.string().nullable().describe('As it was asked with'),
    verdict: z.enum(['blocked', 'allowed', 'not-listed']),
    because: z.string(),
    protectedAs: z.string().nullable().describe('Why no block is enforced for it, unless it was forced'),
    entries: z.array(Entry).describe('All that name the address, those that win first'),
    targets: z.array(TargetExplanation).describe('What is enforced where'),
    hosts: z.array(HostExplanation).describe('… and on hosts that have an agent'),
  })
  .meta({ id: 'Explanation' });

/** `event` of the log line about a target that somebody else has edited, which alarms count. */
export const TARGET_DRIFTED = 'target_drifted';
