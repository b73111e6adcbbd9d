import { describe, expect } from 'vitest';
import type { Suite } from './contract.ts';
import { refusal } from './helpers.ts';
import {
  addEntry,
  deny,
  entriesOf,
  newAcl,
  ownEntries,
  readAcl,
  removeEntry,
  replaceEntry,
} from './network-acls.ts';

export const describeNetworkAclEntries: Suite = ({ test }) => {
  describe('entries of network ACLs', () => {
    test('an entry is kept with all that it says', async (aws) => {
      const id = await newAcl(aws);
      await addEntry(aws, deny(id, 7, { Protocol: '6', PortRange: { From: 80, To: 443 } }));
      await addEntry(aws, deny(id, 8, { Egress: true, RuleAction: 'allow' }));
      expect(await ownEntries(aws, id)).toHaveLength(2);
      expect(await ownEntries(aws, id)).toEqual(
        expect.arrayContaining([
          {
            RuleNumber: 7,
            Egress: false,
            RuleAction: 'deny',
            Protocol: '6',
            CidrBlock: '192.0.2.7/32',
            PortRange: { From: 80, To: 443 },
          },
          { RuleNumber: 8, Egress: true, RuleAction: 'allow', Protocol: '-1', CidrBlock: '192.0.2.7/32' },
        ]),
      );
    });

    test('an entry for ICMP is kept with type and code', async (aws) => {
      const id = await newAcl(aws);
      await addEntry(aws, deny(id, 7, { Protocol: '1', IcmpTypeCode: { Type: 8, Code: -1 } }));
      expect(await ownEntries(aws, id)).toMatchObject([
        { Protocol: '1', IcmpTypeCode: { Type: 8, Code: -1 } },
      ]);
    });

    test('an entry for IPv6 is kept as one', async (aws) => {
      const id = await newAcl(aws);
      await addEntry(aws, deny(id, 7, { Ipv6CidrBlock: '2001:db8::/32' }));
      const [entry] = await ownEntries(aws, id);
      expect(entry).toMatchObject({ RuleNumber: 7, Ipv6CidrBlock: '2001:db8::/32' });
      expect(entry?.CidrBlock).toBeUndefined();
    });

    test('bits behind the prefix of an entry are cut off', async (aws) => {
      const id = await newAcl(aws);
      await addEntry(aws, deny(id, 7, { CidrBlock: '100.68.0.18/18' }));
      await addEntry(aws, deny(id, 8, { Ipv6CidrBlock: '2001:DB8:0:ffff::1/48' }));
      expect(entriesOf(await readAcl(aws, id), false).slice(0, 2)).toEqual([
        [7, 'deny', '100.68.0.0/18'],
        [8, 'deny', '2001:db8::/48'],
      ]);
    });

    test('a number is taken once per direction, by both families', async (aws) => {
      const id = await newAcl(aws);
      await addEntry(aws, deny(id, 7));
      await addEntry(aws, deny(id, 7, { Egress: true }));
      for (const again of [deny(id, 7), deny(id, 7, { Ipv6CidrBlock: '::/0' })]) {
        expect(await refusal(addEntry(aws, again))).toMatchObject({
          status: 400,
          code: 'NetworkAclEntryAlreadyExists',
        });
      }
      expect(await ownEntries(aws, id)).toHaveLength(2);
    });

    test('an entry is replaced in place', async (aws) => {
      const id = await newAcl(aws);
      await addEntry(aws, deny(id, 7));
      await addEntry(aws, deny(id, 7, { Egress: true }));
      await replaceEntry(aws, deny(id, 7, { CidrBlock: '198.51.100.0/24' }));
      const acl = await readAcl(aws, id);
      expect(entriesOf(acl, false)[0]).toEqual([7, 'deny', '198.51.100.0/24']);
      expect(entriesOf(acl, true)[0]).toEqual([7, 'deny', '192.0.2.7/32']);
    });

    test('an entry is deleted in its direction', async (aws) => {
      const id = await newAcl(aws);
      await addEntry(aws, deny(id, 7));
      await addEntry(aws, deny(id, 7, { Egress: true }));
      await removeEntry(aws, id, 7);
      expect(await ownEntries(aws, id)).toMatchObject([{ RuleNumber: 7, Egress: true }]);
    });
  });
};
