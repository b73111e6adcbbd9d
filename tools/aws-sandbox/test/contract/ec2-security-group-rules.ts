import { RevokeSecurityGroupIngressCommand } from '@aws-sdk/client-ec2';
import { describe, expect } from 'vitest';
import type { Aws, Suite } from './contract.ts';
import { anyVpc } from './ec2.ts';
import { defined, refusal } from './helpers.ts';
import {
  authorize,
  cloudFrontList,
  fromMany,
  fromRange,
  https,
  newGroup,
  readGroup,
  revoke,
  rulesOf,
} from './security-groups.ts';

const revokeById = (aws: Aws, GroupId: string, ...SecurityGroupRuleIds: string[]) =>
  aws.ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, SecurityGroupRuleIds }));

export const describeSecurityGroupRules: Suite = ({ test }) => {
  describe('rules of security groups', () => {
    test('a group keeps who may come in, with descriptions', async (aws) => {
      const vpc = await anyVpc(aws);
      const [id, other, PrefixListId] = [
        await newGroup(aws, vpc),
        await newGroup(aws, vpc),
        await cloudFrontList(aws),
      ];
      const permission = https({
        IpRanges: [{ CidrIp: '192.0.2.7/32', Description: 'office' }],
        Ipv6Ranges: [{ CidrIpv6: '2001:db8::/32', Description: 'lab' }],
        PrefixListIds: [{ PrefixListId, Description: 'CloudFront' }],
        UserIdGroupPairs: [{ GroupId: other, Description: 'workers' }],
      });
      await authorize(aws, id, permission);
      expect((await readGroup(aws, id)).IpPermissions).toMatchObject([permission]);
    });

    test('every rule has an id', async (aws) => {
      const id = await newGroup(aws);
      const { SecurityGroupRules = [] } = await authorize(aws, id, fromMany(2));
      const rules = await rulesOf(aws, id);
      expect(rules).toHaveLength(2);
      for (const rule of rules) {
        expect(rule.SecurityGroupRuleId).toMatch(/^sgr-[0-9a-f]+$/);
        expect(rule).toMatchObject({
          GroupId: id,
          IsEgress: false,
          IpProtocol: 'tcp',
          FromPort: 443,
          ToPort: 443,
        });
      }
      const ids = (all: typeof rules) => all.map((one) => defined(one.SecurityGroupRuleId)).toSorted();
      expect(ids(SecurityGroupRules)).toEqual(ids(rules));
    });

    test('bits behind the prefix of a rule are cut off', async (aws) => {
      const id = await newGroup(aws);
      await authorize(aws, id, fromRange('100.68.0.18/18'));
      expect(await rulesOf(aws, id)).toMatchObject([{ CidrIpv4: '100.68.0.0/18' }]);
      const again = authorize(aws, id, fromRange('100.68.0.19/18'));
      expect((await refusal(again)).code).toBe('InvalidPermission.Duplicate');
    });

    test('a protocol comes back by its name', async (aws) => {
      const id = await newGroup(aws);
      await authorize(aws, id, { ...fromRange('192.0.2.7/32'), IpProtocol: '6' });
      expect(await rulesOf(aws, id)).toMatchObject([{ IpProtocol: 'tcp' }]);
    });

    test('a rule is revoked by what it says', async (aws) => {
      const id = await newGroup(aws);
      await authorize(aws, id, fromMany(2));
      await revoke(aws, id, fromRange('198.51.100.0/32'));
      expect(await rulesOf(aws, id)).toMatchObject([{ CidrIpv4: '198.51.100.1/32' }]);
    });

    test('a rule is revoked by its id', async (aws) => {
      const id = await newGroup(aws);
      await authorize(aws, id, fromMany(2));
      const rules = await rulesOf(aws, id);
      const [gone, stays] = rules.map((rule) => defined(rule.SecurityGroupRuleId));
      await revokeById(aws, id, defined(gone));
      expect((await rulesOf(aws, id)).map((rule) => rule.SecurityGroupRuleId)).toEqual([stays]);
    });

    test('a rule that is not there is not revoked, nor are the others of that call', async (aws) => {
      const id = await newGroup(aws);
      await authorize(aws, id, fromMany(1));
      const refused = await refusal(revoke(aws, id, fromMany(1), fromRange('192.0.2.7/32')));
      expect(refused).toMatchObject({ status: 400, code: 'InvalidPermission.NotFound' });
      expect(await rulesOf(aws, id)).toHaveLength(1);
    });

    test('a rule id that does not exist is not revoked', async (aws) => {
      const call = revokeById(aws, await newGroup(aws), 'sgr-00000000000000000');
      expect((await refusal(call)).code).toBe('InvalidSecurityGroupRuleId.NotFound');
    });
  });
};
