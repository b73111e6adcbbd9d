import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { freeServiceAddress } from './addresses.ts';
import { placeInterface } from './interfaces.ts';
import type { Items } from './items.ts';
import { requireSubnet } from './subnets.ts';

export const LoadBalancer = z.strictObject({
  region: z.string(),
  name: z.string().regex(/^[a-zA-Z0-9-]{1,32}$/),
  type: z.enum(['application', 'network']).default('application'),
  subnets: z.array(z.string()).min(1),
});
export type LoadBalancer = z.infer<typeof LoadBalancer>;

/**
 * What shows in EC2 of a load balancer that faces the Internet: an interface per subnet, with a public
 * address that belongs to the service. The API of load balancers itself is not here. Returns the
 * description that the interfaces have.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
 */
export function placeLoadBalancer(items: Items, { region, name, type, subnets }: LoadBalancer): string {
  const short = type === 'application' ? 'app' : 'net';
  const description = `ELB ${short}/${name}/${randomBytes(8).toString('hex')}`;
  return items.transaction(() => {
    for (const id of subnets) {
      placeInterface(items, region, requireSubnet(items, region, id), {
        type: type === 'application' ? 'interface' : 'network_load_balancer',
        description,
        requester: 'amazon-elb',
        association: { publicIp: freeServiceAddress(items, region), ipOwner: 'amazon-elb' },
      });
    }
    return description;
  });
}
