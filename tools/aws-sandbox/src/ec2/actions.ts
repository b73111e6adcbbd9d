import type { XmlNode } from '../http/xml.ts';
import { allocateAddress, describeAddresses, releaseAddress } from './addresses.ts';
import { INSTANCE_ACTIONS } from './instance-actions.ts';
import { describeNetworkInterfaces } from './interfaces.ts';
import type { Items } from './items.ts';
import { createNatGateway, describeNatGateways } from './nat-gateways.ts';
import {
  createNetworkAclEntry,
  deleteNetworkAclEntry,
  replaceNetworkAclEntry,
} from './network-acl-entries.ts';
import {
  createNetworkAcl,
  deleteNetworkAcl,
  describeNetworkAcls,
  replaceNetworkAclAssociation,
} from './network-acls.ts';
import type { Params } from './params.ts';
import { describeManagedPrefixLists, getManagedPrefixListEntries } from './prefix-lists.ts';
import {
  authorizeSecurityGroupIngress,
  describeSecurityGroupRules,
  revokeSecurityGroupIngress,
} from './security-group-rules.ts';
import { createSecurityGroup, deleteSecurityGroup, describeSecurityGroups } from './security-groups.ts';
import { createSubnet, describeSubnets } from './subnets.ts';
import { createTags, deleteTags } from './tags.ts';
import type { Cloud } from './time/cloud.ts';
import { associateVpcCidrBlock, createVpc, describeVpcs } from './vpcs.ts';

export interface Action<World> {
  /** Parameters that it knows; of lists the first part, or their members one by one. */
  accepts: readonly string[];
  run: (world: World, region: string, params: Params) => XmlNode;
}

const ENTRY = [
  'NetworkAclId',
  'RuleNumber',
  'Egress',
  'Protocol',
  'RuleAction',
  'CidrBlock',
  'Ipv6CidrBlock',
  'PortRange',
  'Icmp',
];
const INGRESS = ['GroupId', 'IpPermissions', 'IpProtocol', 'FromPort', 'ToPort', 'CidrIp'];
const PAGED = ['Filter', 'MaxResults', 'NextToken'];

/** Of networks, which know no time. */
const NETWORK_ACTIONS: Readonly<Record<string, Action<Items>>> = {
  CreateVpc: {
    accepts: ['CidrBlock', 'AmazonProvidedIpv6CidrBlock', 'TagSpecification'],
    run: createVpc,
  },
  AssociateVpcCidrBlock: {
    accepts: ['VpcId', 'CidrBlock', 'AmazonProvidedIpv6CidrBlock'],
    run: associateVpcCidrBlock,
  },
  DescribeVpcs: { accepts: ['VpcId', ...PAGED], run: describeVpcs },
  CreateSubnet: {
    accepts: ['VpcId', 'CidrBlock', 'AvailabilityZone', 'TagSpecification'],
    run: createSubnet,
  },
  DescribeSubnets: { accepts: ['SubnetId', ...PAGED], run: describeSubnets },
  CreateNetworkAcl: { accepts: ['VpcId', 'ClientToken', 'TagSpecification'], run: createNetworkAcl },
  DescribeNetworkAcls: { accepts: ['NetworkAclId', ...PAGED], run: describeNetworkAcls },
  CreateNetworkAclEntry: { accepts: ENTRY, run: createNetworkAclEntry },
  ReplaceNetworkAclEntry: { accepts: ENTRY, run: replaceNetworkAclEntry },
  DeleteNetworkAclEntry: { accepts: ['NetworkAclId', 'RuleNumber', 'Egress'], run: deleteNetworkAclEntry },
  ReplaceNetworkAclAssociation: {
    accepts: ['AssociationId', 'NetworkAclId'],
    run: replaceNetworkAclAssociation,
  },
  DeleteNetworkAcl: { accepts: ['NetworkAclId'], run: deleteNetworkAcl },
  CreateSecurityGroup: {
    accepts: ['GroupName', 'GroupDescription', 'VpcId', 'TagSpecification'],
    run: createSecurityGroup,
  },
  DescribeSecurityGroups: { accepts: ['GroupId', ...PAGED], run: describeSecurityGroups },
  DeleteSecurityGroup: { accepts: ['GroupId'], run: deleteSecurityGroup },
  AuthorizeSecurityGroupIngress: {
    accepts: [...INGRESS, 'TagSpecification'],
    run: authorizeSecurityGroupIngress,
  },
  RevokeSecurityGroupIngress: {
    accepts: [...INGRESS, 'SecurityGroupRuleId'],
    run: revokeSecurityGroupIngress,
  },
  DescribeSecurityGroupRules: {
    accepts: ['SecurityGroupRuleId', ...PAGED],
    run: describeSecurityGroupRules,
  },
  AllocateAddress: { accepts: ['Domain', 'TagSpecification'], run: allocateAddress },
  ReleaseAddress: { accepts: ['AllocationId'], run: releaseAddress },
  DescribeAddresses: { accepts: ['AllocationId', 'PublicIp', 'Filter'], run: describeAddresses },
  CreateNatGateway: {
    accepts: ['SubnetId', 'AllocationId', 'ConnectivityType', 'ClientToken', 'TagSpecification'],
    run: createNatGateway,
  },
  DescribeNatGateways: { accepts: ['NatGatewayId', ...PAGED], run: describeNatGateways },
  DescribeNetworkInterfaces: { accepts: ['NetworkInterfaceId', ...PAGED], run: describeNetworkInterfaces },
  DescribeManagedPrefixLists: {
    accepts: ['PrefixListId', ...PAGED],
    run: (_items, region, params) => describeManagedPrefixLists(region, params),
  },
  GetManagedPrefixListEntries: {
    accepts: ['PrefixListId', 'MaxResults', 'NextToken'],
    run: (_items, region, params) => getManagedPrefixListEntries(region, params),
  },
  CreateTags: { accepts: ['ResourceId', 'Tag'], run: createTags },
  DeleteTags: { accepts: ['ResourceId', 'Tag'], run: deleteTags },
};

/** What the sandbox has of the EC2 API. */
export const ACTIONS: Readonly<Record<string, Action<Cloud>>> = {
  ...Object.fromEntries(
    Object.entries(NETWORK_ACTIONS).map(([name, { accepts, run }]) => [
      name,
      { accepts, run: ({ items }: Cloud, region: string, params: Params) => run(items, region, params) },
    ]),
  ),
  ...INSTANCE_ACTIONS,
};
