import { DescribeAddressesCommand, ReleaseAddressCommand } from '@aws-sdk/client-ec2';
import { describe, expect } from 'vitest';
import type { Suite } from './contract.ts';
import { newElasticIp, newNatGateway, newSubnet, newVpc, readElasticIp } from './ec2.ts';
import { refusal, uniqueName } from './helpers.ts';

export const describeElasticIps: Suite = ({ test }) => {
  describe('Elastic IPs', () => {
    test('an Elastic IP is listed until it is released', async (aws) => {
      const { id: AllocationId, ip } = await newElasticIp(aws);
      expect(await readElasticIp(aws, AllocationId)).toMatchObject({ PublicIp: ip, Domain: 'vpc' });
      await aws.ec2.send(new ReleaseAddressCommand({ AllocationId }));
      const { Addresses = [] } = await aws.ec2.send(new DescribeAddressesCommand({}));
      expect(Addresses.map((address) => address.AllocationId)).not.toContain(AllocationId);
    });

    test('no two Elastic IPs are the same', async (aws) => {
      const all = [await newElasticIp(aws), await newElasticIp(aws), await newElasticIp(aws)];
      expect(new Set(all.map(({ ip }) => ip)).size).toBe(3);
    });

    test('Elastic IPs are found by address and by tag', async (aws) => {
      const Value = uniqueName('ip');
      await newElasticIp(aws);
      const { id, ip } = await newElasticIp(aws, {
        TagSpecifications: [{ ResourceType: 'elastic-ip', Tags: [{ Key: 'Name', Value }] }],
      });
      for (const filter of [
        { Name: 'tag:Name', Values: [Value] },
        { Name: 'public-ip', Values: [ip] },
      ]) {
        const { Addresses } = await aws.ec2.send(new DescribeAddressesCommand({ Filters: [filter] }));
        expect(Addresses?.map(({ AllocationId }) => AllocationId)).toEqual([id]);
      }
    });

    test('an allocation that does not exist is neither listed nor released', async (aws) => {
      const AllocationId = 'eipalloc-00000000000000000';
      const read = readElasticIp(aws, AllocationId);
      expect((await refusal(read)).code).toBe('InvalidAllocationID.NotFound');
      const release = aws.ec2.send(new ReleaseAddressCommand({ AllocationId }));
      expect((await refusal(release)).code).toBe('InvalidAllocationID.NotFound');
    });

    test('an Elastic IP that a NAT gateway has cannot be released', async (aws) => {
      const { id: AllocationId } = await newElasticIp(aws);
      await newNatGateway(aws, { SubnetId: await newSubnet(aws, await newVpc(aws)), AllocationId });
      const release = aws.ec2.send(new ReleaseAddressCommand({ AllocationId }));
      expect((await refusal(release)).code).toBe('InvalidIPAddress.InUse');
    });
  });
};
