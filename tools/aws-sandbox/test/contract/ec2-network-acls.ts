import {
  AssociateVpcCidrBlockCommand,
  DeleteNetworkAclCommand,
  DeleteNetworkAclEntryCommand,
  DescribeNetworkAclsCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect } from 'vitest';
import type { Suite } from './contract.ts';
import { newSubnet, newVpc } from './ec2.ts';
import { defined, refusal, uniqueName } from './helpers.ts';
import {
  addEntry,
  defaultAcl,
  deny,
  entriesOf,
  findAcls,
  moveSubnet,
  newAcl,
  readAcl,
} from './network-acls.ts';

const ABSENT = 'acl-00000000000000000';
const allow4 = [100, 'allow', '0.0.0.0/0'];
const allow6 = [101, 'allow', '::/0'];
const final4 = [32_767, 'deny', '0.0.0.0/0'];
const final6 = [32_768, 'deny', '::/0'];
const DIRECTIONS = [true, false];

export const describeNetworkAcls: Suite = ({ test }) => {
  describe('network ACLs', () => {
    test('a VPC has a default network ACL that lets everything pass', async (aws) => {
      const VpcId = await newVpc(aws);
      const acl = await defaultAcl(aws, VpcId);
      expect(acl).toMatchObject({ IsDefault: true, VpcId });
      for (const egress of DIRECTIONS) expect(entriesOf(acl, egress)).toEqual([allow4, final4]);
    });

    test('a VPC with IPv6 has a default network ACL that lets IPv6 pass too', async (aws) => {
      const acl = await defaultAcl(aws, await newVpc(aws, undefined, { AmazonProvidedIpv6CidrBlock: true }));
      for (const egress of DIRECTIONS)
        expect(entriesOf(acl, egress)).toEqual([allow4, allow6, final4, final6]);
    });

    test('when a VPC gets IPv6 later, only directions that were not changed let it pass', async (aws) => {
      const VpcId = await newVpc(aws);
      const { NetworkAclId } = await defaultAcl(aws, VpcId);
      await addEntry(aws, deny(String(NetworkAclId), 7));
      await aws.ec2.send(new AssociateVpcCidrBlockCommand({ VpcId, AmazonProvidedIpv6CidrBlock: true }));
      const acl = await defaultAcl(aws, VpcId);
      expect(entriesOf(acl, true)).toEqual([allow4, allow6, final4, final6]);
      expect(entriesOf(acl, false)).toEqual([[7, 'deny', '192.0.2.7/32'], allow4, final4, final6]);
    });

    test('a new network ACL denies everything', async (aws) => {
      const acl = await readAcl(aws, await newAcl(aws));
      expect(acl).toMatchObject({ IsDefault: false, Associations: [] });
      for (const egress of DIRECTIONS) expect(entriesOf(acl, egress)).toEqual([final4]);
    });

    test('a network ACL of a VPC that does not exist is refused', async (aws) => {
      const refused = await refusal(newAcl(aws, 'vpc-00000000000000000'));
      expect(refused).toMatchObject({ status: 400, code: 'InvalidVpcID.NotFound' });
    });

    test('a call that comes again with its token makes no second network ACL', async (aws) => {
      const [vpc, options] = [await newVpc(aws), { ClientToken: uniqueName('token') }];
      expect(await newAcl(aws, vpc, options)).toBe(await newAcl(aws, vpc, options));
    });

    test('network ACLs are found by subnet, VPC and tag', async (aws) => {
      const [vpc, Value] = [await newVpc(aws), uniqueName('acl')];
      const SubnetId = await newSubnet(aws, vpc);
      const Tags = [{ Key: 'Name', Value }];
      const id = await newAcl(aws, vpc, { TagSpecifications: [{ ResourceType: 'network-acl', Tags }] });
      await moveSubnet(aws, SubnetId, id);
      for (const filter of [
        { 'association.subnet-id': SubnetId },
        { 'vpc-id': vpc, default: 'false' },
        { 'tag:Name': Value },
      ]) {
        const found = await findAcls(aws, filter);
        expect(found.map((acl) => [acl.NetworkAclId, acl.Tags])).toEqual([[id, Tags]]);
      }
    });

    test('network ACLs are found by id with a filter', async (aws) => {
      const id = await newAcl(aws);
      const found = await findAcls(aws, { 'network-acl-id': id });
      expect(found.map(({ NetworkAclId }) => NetworkAclId)).toEqual([id]);
    });

    test('network ACLs come in pages', async (aws) => {
      const vpc = await newVpc(aws);
      const made = [defined((await defaultAcl(aws, vpc)).NetworkAclId)];
      for (let i = 0; i < 6; i += 1) made.push(await newAcl(aws, vpc));
      const Filters = [{ Name: 'vpc-id', Values: [vpc] }];
      const first = await aws.ec2.send(new DescribeNetworkAclsCommand({ Filters, MaxResults: 5 }));
      expect(first.NetworkAcls).toHaveLength(5);
      const { NextToken } = first;
      const rest = await aws.ec2.send(new DescribeNetworkAclsCommand({ Filters, MaxResults: 5, NextToken }));
      const all = [...(first.NetworkAcls ?? []), ...(rest.NetworkAcls ?? [])];
      expect(all.map((acl) => defined(acl.NetworkAclId)).toSorted()).toEqual(made.toSorted());
    });

    test('a network ACL that no subnet has is deleted', async (aws) => {
      const vpc = await newVpc(aws);
      const NetworkAclId = await newAcl(aws, vpc);
      await aws.ec2.send(new DeleteNetworkAclCommand({ NetworkAclId }));
      expect(await findAcls(aws, { 'vpc-id': vpc })).toMatchObject([{ IsDefault: true }]);
    });

    test('a network ACL that a subnet has is not deleted', async (aws) => {
      const vpc = await newVpc(aws);
      const [SubnetId, NetworkAclId] = [await newSubnet(aws, vpc), await newAcl(aws, vpc)];
      await moveSubnet(aws, SubnetId, NetworkAclId);
      const refused = await refusal(aws.ec2.send(new DeleteNetworkAclCommand({ NetworkAclId })));
      expect(refused).toMatchObject({ status: 400, code: 'DependencyViolation' });
    });

    test('a default network ACL is not deleted', async (aws) => {
      const { NetworkAclId } = await defaultAcl(aws, await newVpc(aws));
      const refused = await refusal(aws.ec2.send(new DeleteNetworkAclCommand({ NetworkAclId })));
      expect(refused).toMatchObject({ status: 400, code: 'DependencyViolation' });
    });

    test('a network ACL that does not exist gets no entries and is not deleted', async (aws) => {
      for (const call of [
        () => addEntry(aws, deny(ABSENT, 1)),
        () => aws.ec2.send(new DeleteNetworkAclCommand({ NetworkAclId: ABSENT })),
        () =>
          aws.ec2.send(
            new DeleteNetworkAclEntryCommand({ NetworkAclId: ABSENT, RuleNumber: 1, Egress: false }),
          ),
      ])
        expect(await refusal(call())).toMatchObject({ status: 400, code: 'InvalidNetworkAclID.NotFound' });
    });

    test('a network ACL that does not exist is not listed', async (aws) => {
      expect((await refusal(readAcl(aws, ABSENT))).code).toBe('InvalidNetworkAclID.NotFound');
    });
  });
};
