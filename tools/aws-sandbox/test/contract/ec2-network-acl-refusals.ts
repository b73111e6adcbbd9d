import type { CreateNetworkAclEntryCommandInput } from '@aws-sdk/client-ec2';
import { describe, expect } from 'vitest';
import type { Suite } from './contract.ts';
import { refusal } from './helpers.ts';
import { addEntry, deny, newAcl, ownEntries, removeEntry, replaceEntry } from './network-acls.ts';

const REFUSED: [what: string, changes: Partial<CreateNetworkAclEntryCommandInput>, code: string][] = [
  ['number 0', { RuleNumber: 0 }, 'InvalidParameterValue'],
  ['number 32767', { RuleNumber: 32_767 }, 'InvalidParameterValue'],
  ['number 40000', { RuleNumber: 40_000 }, 'InvalidParameterValue'],
  ['an IPv4 CIDR that is none', { CidrBlock: '192.0.2.300/32' }, 'InvalidParameterValue'],
  ['an address without a prefix', { CidrBlock: '192.0.2.7' }, 'InvalidParameterValue'],
  ['an IPv6 CIDR that is none', { Ipv6CidrBlock: '2001:db8::/129' }, 'InvalidParameterValue'],
  ['no CIDR', { CidrBlock: undefined }, 'MissingParameter'],
  ['both families', { CidrBlock: '192.0.2.7/32', Ipv6CidrBlock: '::/0' }, 'InvalidParameterCombination'],
  ['a protocol that is none', { Protocol: 'nonsense' }, 'InvalidParameterValue'],
  ['TCP without ports', { Protocol: '6' }, 'MissingParameter'],
  ['UDP without ports', { Protocol: '17' }, 'MissingParameter'],
  ['ports the wrong way round', { Protocol: '6', PortRange: { From: 443, To: 80 } }, 'InvalidParameterValue'],
  ['ICMP without a type', { Protocol: '1' }, 'MissingParameter'],
];

export const describeNetworkAclRefusals: Suite = ({ test }) => {
  describe('entries that a network ACL refuses', () => {
    test('an entry that is not there is not replaced', async (aws) => {
      const refused = await refusal(replaceEntry(aws, deny(await newAcl(aws), 7)));
      expect(refused).toMatchObject({ status: 400, code: 'InvalidNetworkAclEntry.NotFound' });
    });

    test('an entry that is not there is not deleted', async (aws) => {
      const refused = await refusal(removeEntry(aws, await newAcl(aws), 7));
      expect(refused).toMatchObject({ status: 400, code: 'InvalidNetworkAclEntry.NotFound' });
    });

    test('the final deny is not deleted', async (aws) => {
      const refused = await refusal(removeEntry(aws, await newAcl(aws), 32_767));
      expect(refused).toMatchObject({ status: 400, code: 'InvalidParameterValue' });
    });

    for (const [what, changes, code] of REFUSED) {
      test(`an entry with ${what} is refused`, async (aws) => {
        const id = await newAcl(aws);
        expect(await refusal(addEntry(aws, deny(id, 7, changes)))).toMatchObject({ status: 400, code });
        expect(await ownEntries(aws, id)).toEqual([]);
      });
    }

    test('a direction has twenty rules of a family, the final deny included', async (aws) => {
      const id = await newAcl(aws);
      for (let i = 1; i <= 19; i += 1) await addEntry(aws, deny(id, i));
      const refused = await refusal(addEntry(aws, deny(id, 20)));
      expect(refused).toMatchObject({ status: 400, code: 'NetworkAclEntryLimitExceeded' });
      expect(await ownEntries(aws, id)).toHaveLength(19);
    });

    test('IPv6 and the other direction have twenty rules of their own', async (aws) => {
      const id = await newAcl(aws);
      for (let i = 1; i <= 19; i += 1) await addEntry(aws, deny(id, i));
      await addEntry(aws, deny(id, 20, { Egress: true }));
      for (let i = 20; i <= 38; i += 1) await addEntry(aws, deny(id, i, { Ipv6CidrBlock: '2001:db8::/32' }));
      expect(await ownEntries(aws, id)).toHaveLength(39);
    });

    test('one rule too many of IPv6 is not smuggled in by a replacement', async (aws) => {
      const id = await newAcl(aws);
      await addEntry(aws, deny(id, 99));
      for (let i = 1; i <= 19; i += 1) await addEntry(aws, deny(id, i, { Ipv6CidrBlock: '2001:db8::/32' }));
      const refused = await refusal(replaceEntry(aws, deny(id, 99, { Ipv6CidrBlock: '::/0' })));
      expect(refused.code).toBe('NetworkAclEntryLimitExceeded');
    });
  });
};
