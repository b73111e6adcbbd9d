import { DescribeSecurityGroupRulesCommand } from '@aws-sdk/client-ec2';
import { describe, expect } from 'vitest';
import type { Suite } from './contract.ts';
import { anyVpc } from './ec2.ts';
import { refusal } from './helpers.ts';
import {
  authorize,
  cloudFrontList,
  fromMany,
  fromRange,
  https,
  newGroup,
  rulesOf,
} from './security-groups.ts';

export const describeSecurityGroupLimits: Suite = ({ test }) => {
  describe('how many rules a security group has', () => {
    test('a group has sixty rules for IPv4', async (aws) => {
      const id = await newGroup(aws);
      await authorize(aws, id, fromMany(60));
      const refused = await refusal(authorize(aws, id, fromRange('192.0.2.7/32')));
      expect(refused).toMatchObject({ status: 400, code: 'RulesPerSecurityGroupLimitExceeded' });
      expect(await rulesOf(aws, id)).toHaveLength(60);
    });

    test('a group has sixty rules for IPv6 beside them', async (aws) => {
      const id = await newGroup(aws);
      await authorize(aws, id, fromMany(60));
      await authorize(aws, id, https({ Ipv6Ranges: [{ CidrIpv6: '2001:db8::/32' }] }));
      expect(await rulesOf(aws, id)).toHaveLength(61);
    });

    test('a rule for the prefix list of CloudFront counts as 55', async (aws) => {
      const id = await newGroup(aws);
      await authorize(aws, id, fromMany(5));
      const list = https({ PrefixListIds: [{ PrefixListId: await cloudFrontList(aws) }] });
      await authorize(aws, id, list);
      const refused = await refusal(authorize(aws, id, fromRange('192.0.2.7/32')));
      expect(refused.code).toBe('RulesPerSecurityGroupLimitExceeded');
    });

    test('a rule for a group counts in both families', async (aws) => {
      const vpc = await anyVpc(aws);
      const [id, GroupId] = [await newGroup(aws, vpc), await newGroup(aws, vpc)];
      await authorize(aws, id, fromMany(60));
      const refused = await refusal(authorize(aws, id, https({ UserIdGroupPairs: [{ GroupId }] })));
      expect(refused.code).toBe('RulesPerSecurityGroupLimitExceeded');
    });

    test('rules of security groups come in pages', async (aws) => {
      const id = await newGroup(aws);
      await authorize(aws, id, fromMany(6));
      const Filters = [{ Name: 'group-id', Values: [id] }];
      const page = await aws.ec2.send(new DescribeSecurityGroupRulesCommand({ Filters, MaxResults: 5 }));
      expect(page.SecurityGroupRules).toHaveLength(5);
      const { NextToken } = page;
      const rest = await aws.ec2.send(new DescribeSecurityGroupRulesCommand({ Filters, NextToken }));
      // Six, and the one that lets everything out.
      expect(rest.SecurityGroupRules).toHaveLength(2);
    });
  });
};
