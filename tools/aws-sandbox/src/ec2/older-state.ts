import type { Items } from './items.ts';
import { associateWithDefaultAcl, createDefaultAcl, findDefaultAcl } from './network-acl-defaults.ts';
import { createDefaultGroup } from './security-group-defaults.ts';

/** VPCs of a state folder from before there were network ACLs and security groups get those that they lack. */
export function completeOlderState(items: Items): void {
  items.transaction(() => {
    for (const region of items.regions()) {
      const groups = items.list('group', region);
      for (const vpc of items.list('vpc', region)) {
        if (!groups.some(({ vpcId }) => vpcId === vpc.id)) createDefaultGroup(items, region, vpc);
        if (findDefaultAcl(items, region, vpc.id) !== undefined) continue;
        createDefaultAcl(items, region, vpc);
        for (const subnet of items.list('subnet', region))
          if (subnet.vpcId === vpc.id) associateWithDefaultAcl(items, region, subnet);
      }
    }
  });
}
