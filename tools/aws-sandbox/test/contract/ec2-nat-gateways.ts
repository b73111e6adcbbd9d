import { CreateNatGatewayCommand, DescribeNatGatewaysCommand } from '@aws-sdk/client-ec2';
import { describe, expect } from 'vitest';
import type { Aws, Suite } from './contract.ts';
import { interfacesIn, newElasticIp, newNatGateway, newSubnet, newVpc, readElasticIp } from './ec2.ts';
import { refusal, uniqueName } from './helpers.ts';

async function place(aws: Aws) {
  const vpcId = await newVpc(aws);
  return { vpcId, SubnetId: await newSubnet(aws, vpcId) };
}

export const describeNatGateways: Suite = ({ test }) => {
  describe('NAT gateways', () => {
    test('a NAT gateway has the address of its Elastic IP', async (aws) => {
      const { vpcId, SubnetId } = await place(aws);
      const { id: AllocationId, ip } = await newElasticIp(aws);
      const gateway = await newNatGateway(aws, { SubnetId, AllocationId });
      expect(gateway).toMatchObject({
        State: 'available',
        VpcId: vpcId,
        SubnetId,
        NatGatewayAddresses: [{ AllocationId, PublicIp: ip }],
      });
    });

    test('NAT gateways are found by their VPC', async (aws) => {
      const { vpcId, SubnetId } = await place(aws);
      const { NatGatewayId } = await newNatGateway(aws, { SubnetId, ConnectivityType: 'private' });
      const { NatGateways } = await aws.ec2.send(
        new DescribeNatGatewaysCommand({ Filter: [{ Name: 'vpc-id', Values: [vpcId] }] }),
      );
      expect(NatGateways?.map((one) => one.NatGatewayId)).toEqual([NatGatewayId]);
    });

    test('a NAT gateway has an interface with that address', async (aws) => {
      const { vpcId, SubnetId } = await place(aws);
      const { id: AllocationId, ip } = await newElasticIp(aws);
      const { NatGatewayAddresses } = await newNatGateway(aws, { SubnetId, AllocationId });
      expect(await interfacesIn(aws, vpcId)).toMatchObject([
        {
          NetworkInterfaceId: NatGatewayAddresses?.[0]?.NetworkInterfaceId,
          SubnetId,
          Association: { PublicIp: ip, AllocationId },
        },
      ]);
    });

    test('each private address of an interface tells its public one', async (aws) => {
      const { vpcId, SubnetId } = await place(aws);
      const { id: AllocationId, ip } = await newElasticIp(aws);
      await newNatGateway(aws, { SubnetId, AllocationId });
      expect(await interfacesIn(aws, vpcId)).toMatchObject([
        { PrivateIpAddresses: [{ Primary: true, Association: { PublicIp: ip } }] },
      ]);
    });

    test('the interface of a NAT gateway says whose it is', async (aws) => {
      const { vpcId, SubnetId } = await place(aws);
      const { id: AllocationId } = await newElasticIp(aws);
      const { NatGatewayId } = await newNatGateway(aws, { SubnetId, AllocationId });
      expect(await interfacesIn(aws, vpcId)).toMatchObject([
        {
          InterfaceType: 'nat_gateway',
          RequesterManaged: true,
          Description: `Interface for NAT Gateway ${NatGatewayId}`,
        },
      ]);
    });

    test('an Elastic IP tells the interface that has it', async (aws) => {
      const { vpcId, SubnetId } = await place(aws);
      const { id: AllocationId } = await newElasticIp(aws);
      await newNatGateway(aws, { SubnetId, AllocationId });
      const [card] = await interfacesIn(aws, vpcId);
      const address = await readElasticIp(aws, AllocationId);
      expect(card?.NetworkInterfaceId).toMatch(/^eni-/);
      expect(address.NetworkInterfaceId).toBe(card?.NetworkInterfaceId);
      expect(address.AssociationId).toMatch(/^eipassoc-/);
    });

    test('a private NAT gateway has no public address', async (aws) => {
      const { SubnetId } = await place(aws);
      const gateway = await newNatGateway(aws, { SubnetId, ConnectivityType: 'private' });
      expect(gateway).toMatchObject({ State: 'available', ConnectivityType: 'private' });
      expect(gateway.NatGatewayAddresses?.[0]?.PublicIp).toBeUndefined();
    });

    test('a public NAT gateway without an Elastic IP is refused', async (aws) => {
      const { SubnetId } = await place(aws);
      const create = aws.ec2.send(new CreateNatGatewayCommand({ SubnetId }));
      expect(await refusal(create)).toMatchObject({ status: 400, code: 'MissingParameter' });
    });

    test('a NAT gateway whose Elastic IP is taken fails, and says why', async (aws) => {
      const { SubnetId } = await place(aws);
      const { id: AllocationId } = await newElasticIp(aws);
      await newNatGateway(aws, { SubnetId, AllocationId });
      const second = await newNatGateway(aws, { SubnetId, AllocationId });
      expect(second).toMatchObject({ State: 'failed', FailureCode: 'Resource.AlreadyAssociated' });
    });

    test('a call that comes again with its token makes no second NAT gateway', async (aws) => {
      const { SubnetId } = await place(aws);
      const call = { SubnetId, ConnectivityType: 'private', ClientToken: uniqueName('token') } as const;
      const first = await newNatGateway(aws, call);
      expect((await newNatGateway(aws, call)).NatGatewayId).toBe(first.NatGatewayId);
    });
  });
};
