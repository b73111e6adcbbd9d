import { z } from 'zod';
import { common, isBehindCloudFront, Region, Widening, type Complain } from './common.ts';

/** https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-nacls */
export const NETWORK_ACL_LIMITS = { rules: 20, mostRules: 40, highestNumber: 32_766 } as const;

/** So that each family can hold at least one, and change it. */
const FEWEST_NUMBERS = 4;

export const NetworkAclTarget = z.strictObject({
  ...common,
  kind: z.literal('network-acl'),
  region: Region.optional(),
  /** Its id, or its Name tag. */
  networkAcl: z.string().min(1),
  /** Whose subnets it guards: the load balancer's, or those of what is behind it. */
  subnetsOf: z.enum(['load-balancer', 'targets']).default('load-balancer'),
  /** For an NLB: whether its target groups hand on the client's address. */
  clientIp: z.enum(['preserved', 'replaced']).default('replaced'),
  /** Rule numbers that are ours: denies of all protocols with such a number are, nothing else is. */
  rules: z
    .strictObject({
      first: z.int().min(1).max(NETWORK_ACL_LIMITS.highestNumber).default(1),
      last: z.int().min(1).max(NETWORK_ACL_LIMITS.highestNumber).default(80),
    })
    .prefault({}),
  /** The account's quota: rules per direction and family, with those of others and the final deny. */
  maxRules: z.int().min(2).max(NETWORK_ACL_LIMITS.mostRules).default(NETWORK_ACL_LIMITS.rules),
  /** When there is more than fits, which is always: what is least sure is left out, or networks are widened, too. */
  whenFull: z.union([z.literal('drop'), z.strictObject({ widen: Widening })]).default('drop'),
});
export type NetworkAclTarget = z.infer<typeof NetworkAclTarget>;

export function checkNetworkAcl({ rules: { first, last } }: NetworkAclTarget, complain: Complain): void {
  if (last - first + 1 < FEWEST_NUMBERS) {
    complain('rules', `must leave room for ${FEWEST_NUMBERS} numbers at least, from first to last`);
  }
}

/** Whether it is in front of the load balancer, if there is one. */
export function facesClients({ topology, subnetsOf, clientIp }: NetworkAclTarget): boolean {
  if (isBehindCloudFront(topology)) return false;
  if (topology === 'ec2-public' || subnetsOf === 'load-balancer') return true;
  return topology === 'nlb' && clientIp === 'preserved';
}
