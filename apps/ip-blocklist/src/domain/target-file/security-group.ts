import { z } from 'zod';
import { common, isBehindCloudFront, Region, type Complain } from './common.ts';

export const SecurityGroupTarget = z.strictObject({
  ...common,
  kind: z.literal('security-group'),
  region: Region.optional(),
  /** Its id, or its name. */
  securityGroup: z.string().min(1),
  /** Who may get in, and nobody else: CloudFront, or what has another security group, as the load balancer's. */
  admits: z.union([z.literal('cloudfront'), z.strictObject({ securityGroup: z.string().min(1) })]),
  /** TCP ports. */
  ports: z.array(z.int().min(1).max(65_535)).min(1).max(20).default([443]),
  /** Of an NLB: it has security groups only if one was attached when it was made. */
  loadBalancerGroup: z.enum(['at-creation', 'none']).default('at-creation'),
});
export type SecurityGroupTarget = z.infer<typeof SecurityGroupTarget>;

export function checkSecurityGroup({ topology, admits }: SecurityGroupTarget, complain: Complain): void {
  if (admits === 'cloudfront' && !isBehindCloudFront(topology)) {
    complain('admits', `in ${topology} there is no CloudFront to admit`);
  }
  if (admits !== 'cloudfront' && topology === 'ec2-public') {
    complain('admits', 'in ec2-public clients come from everywhere: there is no load balancer to admit');
  }
}
