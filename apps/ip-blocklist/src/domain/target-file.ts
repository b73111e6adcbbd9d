import { parse } from 'yaml';
import { z } from 'zod';

/** What stands between clients and services, from the outside in. */
export const Topology = z.enum(['ec2-public', 'nlb', 'alb', 'alb-waf', 'cloudfront-waf-alb']);
export type Topology = z.infer<typeof Topology>;

/** Fixed: https://docs.aws.amazon.com/waf/latest/developerguide/limits.html */
export const WAF_LIMITS = { addressesPerSet: 10_000, referencesPerGroup: 50, ipSets: 100 } as const;

/** One per family. */
const ALLOW_SETS = 2;

const setsOf = (sets: number) => z.int().min(0).max(WAF_LIMITS.referencesPerGroup).default(sets);

const WafIpSetTarget = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,47}$/, 'must be lower-case letters, digits and dashes'),
  kind: z.literal('waf-ip-set', 'must be waf-ip-set'),
  topology: Topology,
  /** `plan`: nothing is written before its plan is approved. */
  mode: z.enum(['auto', 'plan']).default('auto'),
  /** Of the web ACL: CloudFront's is in us-east-1, an ALB's where the ALB is. */
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be an AWS region')
    .optional(),
  /** Ours alone; the web ACL refers to it. */
  ruleGroup: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,100}$/, 'must be letters, digits and dashes')
    .default('groundwork-blocklist'),
  /** What an allow does: `exempt` from this blocklist only, or `accept` past all later rules of the web ACL. */
  allows: z.enum(['exempt', 'accept']).default('exempt'),
  /** IP sets for blocks there may be, per family. */
  maxSets: z.strictObject({ ipv4: setsOf(10), ipv6: setsOf(2) }).prefault({}),
  /** When there is more than fits: what is least sure is left out, or networks are widened. */
  whenFull: z
    .union([
      z.literal('drop'),
      z.strictObject({
        widen: z.strictObject({
          /** Unlisted addresses that may be blocked along. */
          maxCollateral: z.int().min(0),
          widestPrefix: z
            .strictObject({
              ipv4: z.int().min(1).max(32).default(16),
              ipv6: z.int().min(1).max(128).default(32),
            })
            .prefault({}),
        }),
      }),
    ])
    .default('drop'),
});

const targetFile = (region: string) =>
  z.strictObject({ targets: z.array(WafIpSetTarget).default([]) }).superRefine(({ targets }, ctx) => {
    for (const [i, target] of targets.entries()) {
      const issue = (path: string, message: string): void =>
        ctx.addIssue({ code: 'custom', path: ['targets', i, path], message });
      const before = targets.slice(0, i);
      if (before.some(({ name }) => name === target.name)) issue('name', `${target.name} is there twice`);
      if (target.topology !== 'alb-waf' && target.topology !== 'cloudfront-waf-alb') {
        issue(
          'topology',
          `in ${target.topology} there is no web ACL: AWS WAF attaches to CloudFront and ALBs`,
        );
      }
      if (target.topology === 'cloudfront-waf-alb' && (target.region ?? CLOUDFRONT) !== CLOUDFRONT) {
        issue('region', `web ACLs of CloudFront are managed in ${CLOUDFRONT}`);
      }
      // Both families of blocks, and one set of allows for each.
      const references = target.maxSets.ipv4 + target.maxSets.ipv6 + ALLOW_SETS;
      if (references > WAF_LIMITS.referencesPerGroup) {
        issue(
          'maxSets',
          `a rule group refers to at most ${WAF_LIMITS.referencesPerGroup} IP sets, two of them for allows`,
        );
      }
      if (before.some((one) => sameGroup(one, target, region))) {
        issue('ruleGroup', `${target.ruleGroup} belongs to another target`);
      }
    }
  });

const CLOUDFRONT = 'us-east-1';

export type WafIpSetTarget = z.infer<typeof WafIpSetTarget>;
export type Target = WafIpSetTarget;

function sameGroup(a: Target, b: Target, region: string): boolean {
  const [one, other] = [placeOf(a, region), placeOf(b, region)];
  return a.ruleGroup === b.ruleGroup && one.scope === other.scope && one.region === other.region;
}

/** Where a target's web ACL is. */
export function placeOf(
  target: Target,
  region: string,
): { scope: 'CLOUDFRONT' | 'REGIONAL'; region: string } {
  return target.topology === 'cloudfront-waf-alb'
    ? { scope: 'CLOUDFRONT', region: CLOUDFRONT }
    : { scope: 'REGIONAL', region: target.region ?? region };
}

/** Reads a target file, for a service in a region. Throws an Error that names everything that is wrong with it. */
export function parseTargets(yaml: string, region = CLOUDFRONT): Target[] {
  let value: unknown;
  try {
    value = parse(yaml) ?? {};
  } catch (error) {
    throw new Error(`The targets are not YAML: ${(error as Error).message}`, { cause: error });
  }
  const file = targetFile(region).safeParse(value);
  if (file.success) return file.data.targets;
  const wrong = file.error.issues.map(({ path, message }) => `  ${path.join('.') || 'the file'}: ${message}`);
  throw new Error(`The targets are not valid:\n${wrong.join('\n')}`);
}
