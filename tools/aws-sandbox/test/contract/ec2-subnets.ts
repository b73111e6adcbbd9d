import { DescribeSubnetsCommand, ReplaceNetworkAclAssociationCommand } from '@aws-sdk/client-ec2';
import { describe, expect } from 'vitest';
import type { Suite } from './contract.ts';
import { newSubnet, newVpc } from './ec2.ts';
import { refusal } from './helpers.ts';
import { defaultAcl, moveSubnet, newAcl, readAcl } from './network-acls.ts';

export const describeSubnets: Suite = ({ test }) => {
  describe('subnets and their network ACLs', () => {
    test('a new subnet is in the default network ACL', async (aws) => {
      const vpc = await newVpc(aws);
      const SubnetId = await newSubnet(aws, vpc);
      const { NetworkAclId, Associations } = await defaultAcl(aws, vpc);
      expect(Associations).toMatchObject([{ SubnetId, NetworkAclId }]);
    });

    test('a subnet moves from one network ACL to the other, under another association', async (aws) => {
      const vpc = await newVpc(aws);
      const SubnetId = await newSubnet(aws, vpc);
      const before = (await defaultAcl(aws, vpc)).Associations?.[0]?.NetworkAclAssociationId;
      const NetworkAclId = await newAcl(aws, vpc);
      const NetworkAclAssociationId = await moveSubnet(aws, SubnetId, NetworkAclId);
      expect(NetworkAclAssociationId).not.toBe(before);
      expect((await defaultAcl(aws, vpc)).Associations).toEqual([]);
      const { Associations } = await readAcl(aws, NetworkAclId);
      expect(Associations).toEqual([{ NetworkAclAssociationId, NetworkAclId, SubnetId }]);
    });

    test('a subnet does not move to a network ACL of another VPC', async (aws) => {
      const SubnetId = await newSubnet(aws, await newVpc(aws));
      const move = moveSubnet(aws, SubnetId, await newAcl(aws));
      expect((await refusal(move)).code).toBe('InvalidParameterValue');
    });

    test('an association that does not exist is not replaced', async (aws) => {
      const AssociationId = 'aclassoc-00000000000000000';
      const replace = new ReplaceNetworkAclAssociationCommand({
        AssociationId,
        NetworkAclId: await newAcl(aws),
      });
      expect(await refusal(aws.ec2.send(replace))).toMatchObject({
        status: 400,
        code: 'InvalidAssociationID.NotFound',
      });
    });

    test('subnets are found by their VPC and by their CIDR', async (aws) => {
      const vpc = await newVpc(aws);
      const SubnetId = await newSubnet(aws, vpc, '10.0.3.0/24');
      await newSubnet(aws, vpc, '10.0.4.0/24');
      const Filters = [
        { Name: 'vpc-id', Values: [vpc] },
        { Name: 'cidr-block', Values: ['10.0.3.0/24'] },
      ];
      const { Subnets } = await aws.ec2.send(new DescribeSubnetsCommand({ Filters }));
      expect(Subnets).toMatchObject([{ SubnetId, VpcId: vpc, CidrBlock: '10.0.3.0/24' }]);
    });
  });
};
