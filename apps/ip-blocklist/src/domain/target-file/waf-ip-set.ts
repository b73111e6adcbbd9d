import { z } from 'zod';
import { CLOUDFRONT_REGION, common, Region, Widening, type Complain, type Topology } from './common.ts';

/** Fixed: https://docs.aws.amazon.com/waf/latest/developerguide/limits.html */
export const WAF_LIMITS = {
  addressesPerSet: 10_000,
  referencesPerGroup: 50,
  ipSets: 100,
  countriesPerStatement: 50,
} as const;

/** One per family. */
const ALLOW_SETS = 2;

const setsOf = (sets: number) => z.int().min(0).max(WAF_LIMITS.referencesPerGroup).default(sets);

export const WafIpSetTarget = z.strictObject({
  ...common,
  kind: z.literal('waf-ip-set'),
  /** Of the web ACL: CloudFront's is in us-east-1, an ALB's where the ALB is. */
  region: Region.optional(),
  /** Ours alone; the web ACL refers to it. */
  ruleGroup: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,100}$/, 'must be letters, digits and dashes')
    .default('groundwork-blocklist'),
  /** What an allow does: `exempt` from this blocklist only, or `accept` past all later rules of the web ACL. */
  allows: z.enum(['exempt', 'accept']).default('exempt'),
  /** `block`: countries by a geo rule beside the IP sets, from which allows are exempt as well. */
  countries: z.enum(['block', 'leave']).default('block'),
  /** The client is who a header names, not who opened the connection: for a web ACL behind CloudFront. */
  forwardedIp: z
    .strictObject({
      header: z
        .string()
        .regex(/^[A-Za-z0-9-]{1,255}$/, 'must be the name of a header')
        .default('X-Forwarded-For'),
      /** Of several addresses in it. The first is the client's to make up, unless the edge sets the header. */
      position: z.enum(['FIRST', 'LAST', 'ANY']).default('LAST'),
      /** What an address that is none counts as. */
      fallback: z.enum(['MATCH', 'NO_MATCH']).default('MATCH'),
    })
    .optional(),
  /** IP sets for blocks there may be, per family. */
  maxSets: z.strictObject({ ipv4: setsOf(10), ipv6: setsOf(2) }).prefault({}),
  /** When there is more than fits: what is least sure is left out, or networks are widened. */
  whenFull: z.union([z.literal('drop'), z.strictObject({ widen: Widening })]).default('drop'),
});
export type WafIpSetTarget = z.infer<typeof WafIpSetTarget>;

const WITH_WEB_ACL: readonly Topology[] = ['alb-waf', 'cloudfront-waf-alb', 'cloudfront-alb-waf'];

export function checkWafIpSet(target: WafIpSetTarget, complain: Complain): void {
  if (!WITH_WEB_ACL.includes(target.topology)) {
    complain(
      'topology',
      `in ${target.topology} there is no web ACL: AWS WAF attaches to CloudFront and ALBs`,
    );
  }
  if (
    target.topology === 'cloudfront-waf-alb' &&
    (target.region ?? CLOUDFRONT_REGION) !== CLOUDFRONT_REGION
  ) {
    complain('region', `web ACLs of CloudFront are managed in ${CLOUDFRONT_REGION}`);
  }
  // Both families of blocks, and one set of allows for each.
  const references = target.maxSets.ipv4 + target.maxSets.ipv6 + ALLOW_SETS;
  if (references > WAF_LIMITS.referencesPerGroup) {
    complain(
      'maxSets',
      `a rule group refers to at most ${WAF_LIMITS.referencesPerGroup} IP sets, two of them for allows`,
    );
  }
}

export function scopeOf({ topology }: WafIpSetTarget): 'CLOUDFRONT' | 'REGIONAL' {
  return topology === 'cloudfront-waf-alb' ? 'CLOUDFRONT' : 'REGIONAL';
}
