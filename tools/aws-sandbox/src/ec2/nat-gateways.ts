import type { XmlNode } from '../http/xml.ts';
import { requireAddress } from './addresses.ts';
import { reusedToken } from './client-token.ts';
import { ec2Error } from './error.ts';
import { placeInterface } from './interfaces.ts';
import { ACCOUNT, newId, type Items } from './items.ts';
import type { Address, NatGateway } from './kinds.ts';
import { DESCRIBE_PAGE, filtered, pageOf, type FilterValues } from './pages.ts';
import type { Params } from './params.ts';
import { requireSubnet } from './subnets.ts';
import { tagSet } from './xml.ts';

const FILTERS: FilterValues<NatGateway> = {
  'nat-gateway-id': ({ id }) => id,
  'vpc-id': ({ vpcId }) => vpcId,
  'subnet-id': ({ subnetId }) => subnetId,
  state: (gateway) => stateOf(gateway),
};

export function createNatGateway(items: Items, region: string, params: Params): XmlNode {
  const subnet = requireSubnet(items, region, params.required('SubnetId'));
  const connectivity = params.oneOf('ConnectivityType', ['public', 'private'], 'public');
  const [allocationId, clientToken] = [params.text('AllocationId'), params.text('ClientToken')];
  const asked = { subnetId: subnet.id, connectivity, allocationId, clientToken };
  const before = madeBefore(items, region, asked);
  if (before !== undefined) return { natGateway: describe(before), clientToken };
  if (connectivity === 'public' && allocationId === undefined) throw ec2Error.missing('AllocationId');
  if (connectivity === 'private' && allocationId !== undefined)
    throw ec2Error.notCombined('A private NAT gateway has no AllocationId');
  const address = allocationId === undefined ? undefined : requireAddress(items, region, allocationId);
  const gateway = items.create('natgateway', region, {
    ...asked,
    vpcId: subnet.vpcId,
    created: new Date().toISOString(),
    tags: params.tags('natgateway'),
  });
  if (address?.association === undefined) {
    connect(items, region, gateway, address);
  } else {
    // EC2 takes the call and fails later, for everybody to see in the gateway's state.
    gateway.failure = {
      code: 'Resource.AlreadyAssociated',
      message: `Elastic IP address [${address.id}] is already associated`,
    };
  }
  items.replace(gateway);
  return { natGateway: describe(gateway), clientToken };
}

export function describeNatGateways(items: Items, region: string, params: Params): XmlNode {
  const ids = params.list('NatGatewayId');
  for (const id of ids) {
    if (items.find('natgateway', region, id) === undefined)
      throw ec2Error.absent('NatGatewayNotFound', `NatGateway ${id}`);
  }
  const all = items.list('natgateway', region).filter(({ id }) => ids.length === 0 || ids.includes(id));
  const { page, next } = pageOf(filtered(all, params, FILTERS), params, DESCRIBE_PAGE, ({ id }) => id);
  return { natGatewaySet: { item: page.map(describe) }, ...next };
}

/** The SDK sends a token with every call: the same one means the same gateway. */
function madeBefore(
  items: Items,
  region: string,
  asked: Pick<NatGateway, 'subnetId' | 'connectivity' | 'allocationId' | 'clientToken'>,
): NatGateway | undefined {
  if (asked.clientToken === undefined) return undefined;
  const before = items.list('natgateway', region).find((one) => one.clientToken === asked.clientToken);
  if (before === undefined) return undefined;
  const isSame =
    before.subnetId === asked.subnetId &&
    before.connectivity === asked.connectivity &&
    before.allocationId === asked.allocationId;
  if (isSame) return before;
  throw reusedToken(asked.clientToken);
}

/** Gives the gateway its interface, with the Elastic IP at it. */
function connect(items: Items, region: string, gateway: NatGateway, address: Address | undefined): void {
  const associationId = newId('eipassoc');
  const card = placeInterface(items, region, requireSubnet(items, region, gateway.subnetId), {
    type: 'nat_gateway',
    description: `Interface for NAT Gateway ${gateway.id}`,
    requester: ACCOUNT,
    ...(address === undefined
      ? {}
      : {
          association: {
            publicIp: address.publicIp,
            ipOwner: ACCOUNT,
            id: associationId,
            allocationId: address.id,
          },
        }),
  });
  Object.assign(gateway, { interfaceId: card.id, privateIp: card.privateIp });
  if (address === undefined) return;
  Object.assign(gateway, { publicIp: address.publicIp, associationId });
  items.replace({
    ...address,
    association: { id: associationId, interfaceId: card.id, privateIp: card.privateIp },
  });
}

const stateOf = ({ failure }: NatGateway): string => (failure === undefined ? 'available' : 'failed');

function describe(gateway: NatGateway): XmlNode {
  return {
    natGatewayId: gateway.id,
    subnetId: gateway.subnetId,
    vpcId: gateway.vpcId,
    state: stateOf(gateway),
    failureCode: gateway.failure?.code,
    failureMessage: gateway.failure?.message,
    connectivityType: gateway.connectivity,
    createTime: gateway.created,
    natGatewayAddressSet: {
      item: [
        {
          allocationId: gateway.allocationId,
          associationId: gateway.associationId,
          publicIp: gateway.publicIp,
          networkInterfaceId: gateway.interfaceId,
          privateIp: gateway.privateIp,
          isPrimary: true,
          status: gateway.failure === undefined ? 'succeeded' : 'failed',
        },
      ],
    },
    tagSet: tagSet(gateway.tags),
  };
}
