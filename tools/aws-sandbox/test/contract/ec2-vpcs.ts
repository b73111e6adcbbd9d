import {
  AssociateVpcCidrBlockCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeVpcsCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect } from 'vitest';
import type { Suite } from './contract.ts';
import { newSubnet, newVpc, readVpc } from './ec2.ts';
import { refusal, uniqueName } from './helpers.ts';

export const describeVpcs: Suite = ({ test }) => {
  describe('VPCs', () => {
    test('a VPC has its CIDR as an association', async (aws) => {
      const vpc = await readVpc(aws, await newVpc(aws, '10.1.0.0/16'));
      expect(vpc).toMatchObject({ CidrBlock: '10.1.0.0/16', State: 'available', IsDefault: false });
      expect(vpc.CidrBlockAssociationSet).toMatchObject([
        { CidrBlock: '10.1.0.0/16', CidrBlockState: { State: 'associated' } },
      ]);
    });

    test('a VPC lists all CIDRs that were associated with it', async (aws) => {
      const VpcId = await newVpc(aws, '10.1.0.0/16');
      await aws.ec2.send(new AssociateVpcCidrBlockCommand({ VpcId, CidrBlock: '10.2.0.0/16' }));
      const vpc = await readVpc(aws, VpcId);
      expect(vpc.CidrBlock).toBe('10.1.0.0/16');
      expect(vpc.CidrBlockAssociationSet?.map(({ CidrBlock }) => CidrBlock).toSorted()).toEqual([
        '10.1.0.0/16',
        '10.2.0.0/16',
      ]);
    });

    test('a VPC made with IPv6 has a /56', async (aws) => {
      const id = await newVpc(aws, '10.1.0.0/16', { AmazonProvidedIpv6CidrBlock: true });
      const { Ipv6CidrBlockAssociationSet } = await readVpc(aws, id);
      expect(Ipv6CidrBlockAssociationSet).toMatchObject([{ Ipv6CidrBlockState: { State: 'associated' } }]);
      expect(Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock).toMatch(/^[0-9a-f:]+::\/56$/);
    });

    test('a VPC gets IPv6 later, other than that of any other VPC', async (aws) => {
      const later = async () => {
        const VpcId = await newVpc(aws);
        await aws.ec2.send(new AssociateVpcCidrBlockCommand({ VpcId, AmazonProvidedIpv6CidrBlock: true }));
        return (await readVpc(aws, VpcId)).Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock;
      };
      const [one, other] = [await later(), await later()];
      expect(one).toMatch(/::\/56$/);
      expect(other).not.toBe(one);
    });

    test('bits behind the prefix of a VPC are cut off', async (aws) => {
      expect((await readVpc(aws, await newVpc(aws, '100.68.0.18/18'))).CidrBlock).toBe('100.68.0.0/18');
    });

    for (const [what, CidrBlock, code] of [
      ['a VPC larger than a /16', '10.0.0.0/15', 'InvalidVpc.Range'],
      ['a VPC smaller than a /28', '10.0.0.0/29', 'InvalidVpc.Range'],
      ['a VPC whose CIDR is none', '10.0.0.300/16', 'InvalidParameterValue'],
    ] as const) {
      test(`${what} is refused`, async (aws) => {
        const refused = await refusal(aws.ec2.send(new CreateVpcCommand({ CidrBlock })));
        expect(refused).toMatchObject({ status: 400, code });
        expect(refused.message).toContain(CidrBlock);
      });
    }

    test('a second CIDR that overlaps the first is refused', async (aws) => {
      const VpcId = await newVpc(aws, '10.1.0.0/16');
      const again = new AssociateVpcCidrBlockCommand({ VpcId, CidrBlock: '10.1.128.0/20' });
      expect((await refusal(aws.ec2.send(again))).code).toBe('InvalidVpc.Range');
    });

    test('a sixth CIDR of a VPC is refused', async (aws) => {
      const VpcId = await newVpc(aws, '10.1.0.0/16');
      const associate = (i: number) =>
        aws.ec2.send(new AssociateVpcCidrBlockCommand({ VpcId, CidrBlock: `10.${i}.0.0/16` }));
      for (const i of [2, 3, 4, 5]) await associate(i);
      expect((await refusal(associate(6))).code).toBe('CidrLimitExceeded');
    });

    test('a VPC that does not exist is refused', async (aws) => {
      const read = readVpc(aws, 'vpc-00000000000000000');
      expect(await refusal(read)).toMatchObject({ status: 400, code: 'InvalidVpcID.NotFound' });
    });

    test('VPCs are found by a CIDR of theirs and by a tag', async (aws) => {
      const Value = uniqueName('vpc');
      const tagged = { TagSpecifications: [{ ResourceType: 'vpc', Tags: [{ Key: 'Name', Value }] }] };
      const wanted = await newVpc(aws, '10.77.0.0/16', tagged);
      await newVpc(aws, '10.78.0.0/16', tagged);
      const found = await aws.ec2.send(
        new DescribeVpcsCommand({
          Filters: [
            { Name: 'tag:Name', Values: [Value] },
            { Name: 'cidr-block-association.cidr-block', Values: ['10.76.0.0/16', '10.77.0.0/16'] },
          ],
        }),
      );
      expect(found.Vpcs?.map(({ VpcId }) => VpcId)).toEqual([wanted]);
      expect(found.Vpcs?.[0]?.Tags).toEqual([{ Key: 'Name', Value }]);
    });

    test('a filter knows wildcards', async (aws) => {
      const Value = uniqueName('wild');
      const id = await newVpc(aws, '10.0.0.0/16', {
        TagSpecifications: [{ ResourceType: 'vpc', Tags: [{ Key: 'Name', Value: `${Value}-x` }] }],
      });
      const Filters = [{ Name: 'tag:Name', Values: [`${Value}-?`, 'nothing*'] }];
      const { Vpcs } = await aws.ec2.send(new DescribeVpcsCommand({ Filters }));
      expect(Vpcs?.map(({ VpcId }) => VpcId)).toEqual([id]);
    });

    test('a subnet lies within its VPC and beside the others', async (aws) => {
      const VpcId = await newVpc(aws, '10.1.0.0/16');
      await newSubnet(aws, VpcId, '10.1.1.0/24');
      const code = async (CidrBlock: string) =>
        (await refusal(aws.ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock })))).code;
      expect(await code('10.2.1.0/24')).toBe('InvalidSubnet.Range');
      expect(await code('10.1.1.128/25')).toBe('InvalidSubnet.Conflict');
    });
  });
};
