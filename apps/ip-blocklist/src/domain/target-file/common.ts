import { z } from 'zod';

/** What stands between clients and services, from the outside in. */
export const Topology = z.enum([
  'ec2-public',
  'nlb',
  'alb',
  'alb-waf',
  'cloudfront-waf-alb',
  /** The web ACL is the ALB's, behind CloudFront. */
  'cloudfront-alb-waf',
]);
export type Topology = z.infer<typeof Topology>;

/** What every kind of target has. */
export const common = {
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,47}$/, 'must be lower-case letters, digits and dashes'),
  topology: Topology,
  /** `plan`: nothing is written before its plan is approved. */
  mode: z.enum(['auto', 'plan']).default('auto'),
};

/** Where it is; by default where the service is. */
export const Region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be an AWS region');

/** Where CloudFront, and what is attached to it, is managed. */
export const CLOUDFRONT_REGION = 'us-east-1';

/** How far networks may be widened. */
export const Widening = z.strictObject({
  /** Unlisted addresses that may be blocked along. */
  maxCollateral: z.int().min(0),
  widestPrefix: z
    .strictObject({
      ipv4: z.int().min(1).max(32).default(16),
      ipv6: z.int().min(1).max(128).default(32),
    })
    .prefault({}),
});

/** One thing that is wrong with a target, and where. */
export type Complain = (path: string, message: string) => void;

export const isBehindCloudFront = (topology: Topology): boolean => topology.startsWith('cloudfront-');
