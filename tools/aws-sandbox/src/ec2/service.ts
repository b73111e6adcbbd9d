import { notImplemented } from '../http/aws-error.ts';
import type { Reply } from '../http/reply.ts';
import { document, type XmlNode } from '../http/xml.ts';
import type { Database } from '../state.ts';
import { allocateAddress, describeAddresses, releaseAddress } from './addresses.ts';
import { describeNetworkInterfaces } from './interfaces.ts';
import { Items } from './items.ts';
import { placeLoadBalancer, type LoadBalancer } from './load-balancers.ts';
import { createNatGateway, describeNatGateways } from './nat-gateways.ts';
import { Params } from './params.ts';
import { describeManagedPrefixLists, getManagedPrefixListEntries } from './prefix-lists.ts';
import { createSubnet } from './subnets.ts';
import { associateVpcCidrBlock, createVpc, describeVpcs } from './vpcs.ts';

/** What every call names; other services of the same protocol have other versions. */
export const EC2_VERSION = '2016-11-15';

interface Action {
  /** Parameters that it knows; of lists the first part. */
  accepts: readonly string[];
  run: (items: Items, region: string, params: Params) => XmlNode;
}

const PAGED = ['Filter', 'MaxResults', 'NextToken'];

const ACTIONS: Readonly<Record<string, Action>> = {
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
};

/** The part of the EC2 API that tells which addresses are one's own. */
export class Ec2 {
  readonly #items: Items;

  constructor(db: Database) {
    this.#items = new Items(db);
  }

  call(action: string, values: URLSearchParams, region: string, requestId: string): Reply {
    const found = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
    if (found === undefined) throw notImplemented(`ec2:${action}`);
    const params = new Params(action, values, found.accepts);
    const answer = this.#items.transaction(() => found.run(this.#items, region, params));
    return {
      status: 200,
      headers: { 'content-type': 'text/xml;charset=UTF-8' },
      body: document(`${action}Response`, {
        '@_xmlns': `http://ec2.amazonaws.com/doc/${EC2_VERSION}/`,
        requestId,
        ...answer,
      }),
    };
  }

  /** Plays the part of the load balancer's service. */
  placeLoadBalancer(loadBalancer: LoadBalancer): string {
    return placeLoadBalancer(this.#items, loadBalancer);
  }
}
