import {
  AllocateAddressCommand,
  CreateNatGatewayCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeAddressesCommand,
  DescribeNatGatewaysCommand,
  DescribeNetworkInterfacesCommand,
  DescribeVpcsCommand,
  type Address,
  type CreateNatGatewayCommandInput,
  type NatGateway,
  type NetworkInterface,
  type Vpc,
} from '@aws-sdk/client-ec2';
import type { Aws } from './contract.ts';
import { defined, eventually } from './helpers.ts';

export type WithEc2 = Pick<Aws, 'ec2'>;

/** Gives back the id. */
export async function newVpc(aws: WithEc2, CidrBlock = '10.0.0.0/16', options = {}): Promise<string> {
  const { Vpc: vpc } = await aws.ec2.send(new CreateVpcCommand({ CidrBlock, ...options }));
  return defined(vpc?.VpcId, 'the id of the VPC');
}

/** The same one for all tests that do not care which: an account has only so many. */
export async function anyVpc(aws: WithEc2): Promise<string> {
  const Tags = [{ Key: 'Name', Value: 'any' }];
  const Filters = [{ Name: 'tag:Name', Values: ['any'] }];
  const { Vpcs: [found] = [] } = await aws.ec2.send(new DescribeVpcsCommand({ Filters }));
  return found?.VpcId ?? newVpc(aws, undefined, { TagSpecifications: [{ ResourceType: 'vpc', Tags }] });
}

export async function readVpc(aws: Aws, id: string): Promise<Vpc> {
  const { Vpcs } = await aws.ec2.send(new DescribeVpcsCommand({ VpcIds: [id] }));
  return defined(Vpcs?.[0], `VPC ${id}`);
}

export async function newSubnet(aws: WithEc2, VpcId: string, CidrBlock = '10.0.0.0/24'): Promise<string> {
  const { Subnet } = await aws.ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock }));
  return defined(Subnet?.SubnetId, 'the id of the subnet');
}

export async function newElasticIp(aws: Aws, options = {}): Promise<{ id: string; ip: string }> {
  const { AllocationId, PublicIp } = await aws.ec2.send(
    new AllocateAddressCommand({ Domain: 'vpc', ...options }),
  );
  return { id: defined(AllocationId, 'AllocationId'), ip: defined(PublicIp, 'PublicIp') };
}

export async function readElasticIp(aws: Aws, id: string): Promise<Address> {
  const { Addresses } = await aws.ec2.send(new DescribeAddressesCommand({ AllocationIds: [id] }));
  return defined(Addresses?.[0], `Elastic IP ${id}`);
}

/** Waits until it is made, or until it is known that it is not. */
export async function newNatGateway(aws: Aws, input: CreateNatGatewayCommandInput): Promise<NatGateway> {
  const { NatGateway: made } = await aws.ec2.send(new CreateNatGatewayCommand(input));
  const NatGatewayIds = [defined(made?.NatGatewayId, 'the id of the NAT gateway')];
  return eventually('the NAT gateway is made', aws.patience, async () => {
    const { NatGateways } = await aws.ec2.send(new DescribeNatGatewaysCommand({ NatGatewayIds }));
    return NatGateways?.find(({ State }) => State !== 'pending');
  });
}

/** The interfaces in a VPC. */
export async function interfacesIn(aws: Aws, vpcId: string): Promise<NetworkInterface[]> {
  const Filters = [{ Name: 'vpc-id', Values: [vpcId] }];
  const { NetworkInterfaces } = await aws.ec2.send(new DescribeNetworkInterfacesCommand({ Filters }));
  return NetworkInterfaces ?? [];
}
