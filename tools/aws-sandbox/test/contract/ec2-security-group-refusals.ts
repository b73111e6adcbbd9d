import type { IpPermission } from '@aws-sdk/client-ec2';
import { describe, expect } from 'vitest';
import type { Suite } from './contract.ts';
import { newVpc } from './ec2.ts';
import { refusal } from './helpers.ts';
import { authorize, fromMany, fromRange, https, newGroup, rulesOf } from './security-groups.ts';

const REFUSED: [what: string, permission: IpPermission, code: string][] = [
  ['an IPv4 CIDR that is none', fromRange('192.0.2.300/32'), 'InvalidParameterValue'],
  ['an address without a prefix', fromRange('192.0.2.7'), 'InvalidParameterValue'],
  [
    'an IPv6 CIDR that is none',
    https({ Ipv6Ranges: [{ CidrIpv6: '2001:db8::/129' }] }),
    'InvalidParameterValue',
  ],
  [
    'a prefix list that does not exist',
    https({ PrefixListIds: [{ PrefixListId: 'pl-00000000' }] }),
    'InvalidPrefixListID.NotFound',
  ],
  [
    'a group that does not exist',
    https({ UserIdGroupPairs: [{ GroupId: 'sg-00000000000000000' }] }),
    'InvalidGroup.NotFound',
  ],
  [
    'TCP without ports',
    { IpProtocol: 'tcp', IpRanges: [{ CidrIp: '192.0.2.7/32' }] },
    'InvalidParameterValue',
  ],
  [
    'a protocol that is none',
    { IpProtocol: 'nonsense', IpRanges: [{ CidrIp: '192.0.2.7/32' }] },
    'InvalidParameterValue',
  ],
  [
    'a description with a quotation mark',
    https({ IpRanges: [{ CidrIp: '192.0.2.7/32', Description: 'the "office"' }] }),
    'InvalidParameterValue',
  ],
];

export const describeSecurityGroupRefusals: Suite = ({ test }) => {
  describe('rules that a security group refuses', () => {
    test('a rule that is there is refused, whatever its description', async (aws) => {
      const id = await newGroup(aws);
      await authorize(aws, id, fromRange('192.0.2.7/32'));
      const again = https({ IpRanges: [{ CidrIp: '192.0.2.7/32', Description: 'another' }] });
      const refused = await refusal(authorize(aws, id, fromRange('192.0.2.8/32'), again));
      expect(refused).toMatchObject({ status: 400, code: 'InvalidPermission.Duplicate' });
      expect(await rulesOf(aws, id)).toHaveLength(1);
    });

    test('a rule that comes twice in one call is refused', async (aws) => {
      const twice = [fromRange('192.0.2.7/32'), fromRange('192.0.2.7/32')];
      const refused = await refusal(authorize(aws, await newGroup(aws), ...twice));
      expect(refused).toMatchObject({ status: 400, code: 'InvalidParameterValue' });
    });

    for (const [what, permission, code] of REFUSED) {
      test(`a rule with ${what} is refused`, async (aws) => {
        const id = await newGroup(aws);
        expect(await refusal(authorize(aws, id, permission))).toMatchObject({ status: 400, code });
        expect(await rulesOf(aws, id)).toEqual([]);
      });
    }

    test('a rule for a group of another VPC is refused', async (aws) => {
      const GroupId = await newGroup(aws, await newVpc(aws));
      const refused = await refusal(
        authorize(aws, await newGroup(aws), https({ UserIdGroupPairs: [{ GroupId }] })),
      );
      expect(refused.code).toBe('InvalidGroup.NotFound');
    });

    test('a group that does not exist gets no rules', async (aws) => {
      const refused = await refusal(authorize(aws, 'sg-00000000000000000', fromMany(1)));
      expect(refused).toMatchObject({ status: 400, code: 'InvalidGroup.NotFound' });
    });
  });
};
