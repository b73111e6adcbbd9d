import {
  AssociateVpcCidrBlockCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeSecurityGroupsCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect } from 'vitest';
import type { Aws, Suite } from './contract.ts';
import { anyVpc, newVpc } from './ec2.ts';
import { defined, refusal, uniqueName } from './helpers.ts';
import { authorize, defaultGroup, https, newGroup, readGroup } from './security-groups.ts';

const ABSENT = 'sg-00000000000000000';
const remove = (aws: Aws, GroupId: string) => aws.ec2.send(new DeleteSecurityGroupCommand({ GroupId }));

export const describeSecurityGroups: Suite = ({ test }) => {
  describe('security groups', () => {
    test('a VPC has a default group whose members may talk to each other', async (aws) => {
      const VpcId = await newVpc(aws);
      const group = await defaultGroup(aws, VpcId);
      expect(group).toMatchObject({
        VpcId,
        Description: 'default VPC security group',
        IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: group.GroupId }] }],
        IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
      });
    });

    test('a new group lets everything out and nothing in', async (aws) => {
      const [VpcId, GroupName] = [await anyVpc(aws), uniqueName('web')];
      const group = await readGroup(aws, await newGroup(aws, VpcId, { GroupName }));
      expect(group).toMatchObject({ GroupName, VpcId, Description: 'of a test', IpPermissions: [] });
      expect(group.IpPermissionsEgress).toMatchObject([
        { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] },
      ]);
    });

    test('a group of a VPC that got IPv6 lets IPv6 out', async (aws) => {
      const VpcId = await newVpc(aws);
      const before = await newGroup(aws, VpcId);
      await aws.ec2.send(new AssociateVpcCidrBlockCommand({ VpcId, AmazonProvidedIpv6CidrBlock: true }));
      for (const id of [before, await newGroup(aws, VpcId)]) {
        const { IpPermissionsEgress } = await readGroup(aws, id);
        expect(IpPermissionsEgress).toMatchObject([{ Ipv6Ranges: [{ CidrIpv6: '::/0' }] }]);
      }
    });

    test('a name is taken once per VPC', async (aws) => {
      const [vpc, GroupName] = [await newVpc(aws), uniqueName('web')];
      await newGroup(aws, vpc, { GroupName });
      expect(await refusal(newGroup(aws, vpc, { GroupName }))).toMatchObject({
        status: 400,
        code: 'InvalidGroup.Duplicate',
      });
      await newGroup(aws, await newVpc(aws), { GroupName });
    });

    for (const GroupName of ['default', 'sg-web', 'a|b']) {
      test(`a group is not called ${GroupName}`, async (aws) => {
        const refused = await refusal(newGroup(aws, undefined, { GroupName }));
        expect(refused).toMatchObject({ status: 400, code: 'InvalidParameterValue' });
      });
    }

    test('a group without a description is refused', async (aws) => {
      const VpcId = await anyVpc(aws);
      const create = new CreateSecurityGroupCommand({ GroupName: 'web', Description: undefined, VpcId });
      expect((await refusal(aws.ec2.send(create))).code).toBe('MissingParameter');
    });

    test('a group of a VPC that does not exist is refused', async (aws) => {
      const refused = await refusal(newGroup(aws, 'vpc-00000000000000000'));
      expect(refused).toMatchObject({ status: 400, code: 'InvalidVpcID.NotFound' });
    });

    test('groups are found by VPC, name and tag', async (aws) => {
      const [vpc, GroupName, Value] = [await newVpc(aws), uniqueName('web'), uniqueName('tag')];
      const Tags = [{ Key: 'Name', Value }];
      const TagSpecifications = [{ ResourceType: 'security-group', Tags }];
      const id = await newGroup(aws, vpc, { GroupName, TagSpecifications });
      for (const filters of [
        [
          { Name: 'vpc-id', Values: [vpc] },
          { Name: 'group-name', Values: [GroupName] },
        ],
        [{ Name: 'tag:Name', Values: [Value] }],
        [{ Name: 'group-id', Values: [id] }],
      ]) {
        const found = await aws.ec2.send(new DescribeSecurityGroupsCommand({ Filters: filters }));
        expect(found.SecurityGroups?.map((one) => [one.GroupId, one.Tags])).toEqual([[id, Tags]]);
      }
    });

    test('security groups come in pages', async (aws) => {
      const vpc = await newVpc(aws);
      const made = [defined((await defaultGroup(aws, vpc)).GroupId)];
      for (let i = 0; i < 6; i += 1) made.push(await newGroup(aws, vpc));
      const Filters = [{ Name: 'vpc-id', Values: [vpc] }];
      const read = (NextToken?: string) =>
        aws.ec2.send(new DescribeSecurityGroupsCommand({ Filters, MaxResults: 5, NextToken }));
      const first = await read();
      expect(first.SecurityGroups).toHaveLength(5);
      const rest = await read(first.NextToken);
      const all = [...(first.SecurityGroups ?? []), ...(rest.SecurityGroups ?? [])];
      expect(all.map(({ GroupId }) => defined(GroupId)).toSorted()).toEqual(made.toSorted());
    });

    test('a group that does not exist is neither listed nor deleted', async (aws) => {
      for (const call of [() => readGroup(aws, ABSENT), () => remove(aws, ABSENT)])
        expect(await refusal(call())).toMatchObject({ status: 400, code: 'InvalidGroup.NotFound' });
    });

    test('a deleted group is gone', async (aws) => {
      const id = await newGroup(aws);
      await remove(aws, id);
      expect((await refusal(readGroup(aws, id))).code).toBe('InvalidGroup.NotFound');
    });

    test('a default group is not deleted', async (aws) => {
      const { GroupId = '' } = await defaultGroup(aws, await anyVpc(aws));
      expect(await refusal(remove(aws, GroupId))).toMatchObject({ status: 400, code: 'CannotDelete' });
    });

    test('a group that a rule of another one refers to is not deleted', async (aws) => {
      const vpc = await anyVpc(aws);
      const [id, other] = [await newGroup(aws, vpc), await newGroup(aws, vpc)];
      await authorize(aws, other, https({ UserIdGroupPairs: [{ GroupId: id }] }));
      expect(await refusal(remove(aws, id))).toMatchObject({ status: 400, code: 'DependencyViolation' });
    });

    test('a group that only its own rules refer to is deleted', async (aws) => {
      const id = await newGroup(aws);
      await authorize(aws, id, https({ UserIdGroupPairs: [{ GroupId: id }] }));
      await remove(aws, id);
      expect((await refusal(readGroup(aws, id))).code).toBe('InvalidGroup.NotFound');
    });
  });
};
