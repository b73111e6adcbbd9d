import { describe, expect } from 'vitest';
import type { Suite } from '@groundwork/service/testing/contract';
import { converge, lookingAt, wanting } from '../converge.ts';
import type { AclPlace } from './place.ts';

const HELD = wanting(['203.0.113.0/24']);

/** What is so only of network ACLs. */
export const describeNetworkAcl: Suite<AclPlace> = (test) => {
  describe('rules of a network ACL', () => {
    test('deny in both directions', async (place) => {
      await converge(place, await lookingAt(place), HELD);
      const { Entries = [] } = await place.account.get(place.acl);
      const ours = Entries.filter(({ CidrBlock }) => CidrBlock === '203.0.113.0/24');
      expect(new Set(ours.map(({ RuleNumber, Egress }) => `${RuleNumber} ${Egress}`))).toEqual(
        new Set(['10 false', '10 true']),
      );
    });

    test('are replaced in place when one network gives way to another', async (place) => {
      const enforcer = await lookingAt(place);
      await converge(place, enforcer, HELD);
      const operations: string[] = [];
      await converge(place, enforcer, wanting(['203.0.113.0/23']), {
        perform: async (write) => {
          operations.push(write.operation);
          await write.perform();
        },
      });
      expect(operations).toEqual(['ReplaceNetworkAclEntry', 'ReplaceNetworkAclEntry']);
    });

    test('leave alone what has one of our numbers and is not ours', async (place) => {
      const { account, acl } = place;
      const theirs = { number: 10, network: '192.0.2.0/24', isEgress: false } as const;
      await account.add(acl, { ...theirs, action: 'deny', port: 22 });
      await account.add(acl, { ...theirs, number: 11, action: 'allow' });
      const enforcer = await lookingAt(place);
      expect(enforcer.conditions().map(({ message }) => message.slice(0, 8))).toEqual([
        'Rule 10 ',
        'Rule 11 ',
      ]);
      await converge(place, enforcer, HELD);
      await converge(place, enforcer, wanting([]));
      const { Entries = [] } = await account.get(acl);
      expect(Entries.filter(({ CidrBlock }) => CidrBlock === '192.0.2.0/24')).toHaveLength(2);
    });

    test('change places without letting anybody go when there is no room left but one', async (place) => {
      const enforcer = await lookingAt(place);
      const { v4 } = enforcer.capacity().block;
      const wide = Array.from({ length: v4 }, (_, i) => `10.0.${i * 2}.0/24`);
      await converge(place, enforcer, wanting(wide));
      // One is split in two, and another one is given up for that.
      await converge(place, enforcer, wanting([...wide.slice(2), '10.0.0.0/26', '10.0.0.128/26']));
      await converge(place, enforcer, wanting(wide));
    });

    test('that are half there are made whole, or taken away', async (place) => {
      const { account, acl } = place;
      const half = { action: 'deny', network: '203.0.113.0/24' } as const;
      await account.add(acl, { ...half, number: 20, isEgress: true });
      await account.add(acl, { ...half, number: 30, network: '192.0.2.0/24', isEgress: false });
      const enforcer = await lookingAt(place);
      expect(enforcer.parts().map(({ networks }) => networks)).toEqual([
        ['203.0.113.0/24'],
        ['192.0.2.0/24'],
      ]);
      await converge(place, enforcer, HELD);
      const { Entries = [] } = await account.get(acl);
      expect(
        Entries.filter(({ RuleAction, RuleNumber = 0 }) => RuleAction === 'deny' && RuleNumber < 99),
      ).toHaveLength(2);
    });

    test('behind an ALB see nobody in subnets without a load balancer, and say so', async (place) => {
      const enforcer = place.enforcer({ topology: 'alb' });
      await enforcer.observe();
      expect(enforcer.conditions()).toMatchObject([{ severity: 'blind' }]);
      expect(enforcer.conditions()[0]?.message).toContain('No load balancer is in the subnets');
    });

    test('that are given by a name which several have are nobody’s', async (place) => {
      await place.account.make();
      await expect(lookingAt(place)).rejects.toThrow('More than one network ACL is called guard');
    });
  });
};
