import { randomBytes } from 'node:crypto';
import type { XmlNode } from '../http/xml.ts';
import { ec2Error } from './error.ts';
import { ACCOUNT, type Items } from './items.ts';
import type { NetworkInterface, Subnet } from './kinds.ts';
import { DESCRIBE_PAGE, filtered, pageOf, type FilterValues } from './pages.ts';
import type { Params } from './params.ts';
import { freePrivateIp } from './subnets.ts';
import { tagSet } from './xml.ts';

const FILTERS: FilterValues<NetworkInterface> = {
  'network-interface-id': ({ id }) => id,
  'vpc-id': ({ vpcId }) => vpcId,
  'subnet-id': ({ subnetId }) => subnetId,
  'interface-type': ({ type }) => type,
  description: ({ description }) => description,
  'requester-id': ({ requester }) => requester,
  'requester-managed': ({ instance }) => String(instance === undefined),
  'availability-zone': ({ zone }) => zone,
  'private-ip-address': ({ privateIp }) => privateIp,
  'addresses.private-ip-address': ({ privateIp }) => privateIp,
  'attachment.instance-id': ({ instance }) => instance?.id,
  'association.allocation-id': ({ association }) => association?.allocationId,
  'group-id': ({ instance }) => instance?.groups,
  'association.public-ip': ({ association }) => association?.publicIp,
};

/** What a service of AWS puts into a subnet of its customer. */
export function placeInterface(
  items: Items,
  region: string,
  subnet: Subnet,
  what: Pick<NetworkInterface, 'type' | 'description' | 'requester' | 'association'>,
): NetworkInterface {
  return items.create('interface', region, {
    ...what,
    vpcId: subnet.vpcId,
    subnetId: subnet.id,
    zone: subnet.zone,
    privateIp: freePrivateIp(items, region, subnet),
    // Locally administered, so that it is nobody's.
    mac: ['02', ...(randomBytes(5).toString('hex').match(/../g) ?? [])].join(':'),
    tags: [],
  });
}

/** The primary interface of an instance, which will be named later. */
export function placeInstanceInterface(
  items: Items,
  region: string,
  subnet: Subnet,
  groups: string[],
  now: number,
): NetworkInterface {
  const card = placeInterface(items, region, subnet, {
    type: 'interface',
    description: '',
    requester: ACCOUNT,
  });
  return { ...card, instance: { id: '', attachmentId: '', attached: now, groups } };
}

export function describeNetworkInterfaces(items: Items, region: string, params: Params): XmlNode {
  const ids = params.list('NetworkInterfaceId');
  for (const id of ids) {
    if (items.find('interface', region, id) === undefined)
      throw ec2Error.absent('InvalidNetworkInterfaceID.NotFound', `networkInterface ID '${id}'`);
  }
  const all = items.list('interface', region).filter(({ id }) => ids.length === 0 || ids.includes(id));
  const { page, next } = pageOf(filtered(all, params, FILTERS), params, DESCRIBE_PAGE, ({ id }) => id);
  return { networkInterfaceSet: { item: page.map((one) => describe(items, region, one)) }, ...next };
}

function describe(items: Items, region: string, one: NetworkInterface): XmlNode {
  const association = one.association && {
    publicIp: one.association.publicIp,
    ipOwnerId: one.association.ipOwner,
    associationId: one.association.id,
    allocationId: one.association.allocationId,
  };
  return {
    networkInterfaceId: one.id,
    vpcId: one.vpcId,
    subnetId: one.subnetId,
    availabilityZone: one.zone,
    ownerId: ACCOUNT,
    description: one.description,
    interfaceType: one.type,
    ...(one.instance === undefined ? { requesterId: one.requester } : {}),
    requesterManaged: one.instance === undefined,
    status: 'in-use',
    macAddress: one.mac,
    sourceDestCheck: one.instance !== undefined,
    privateIpAddress: one.privateIp,
    association,
    privateIpAddressesSet: {
      item: [{ privateIpAddress: one.privateIp, primary: true, association }],
    },
    attachment: attachment(one),
    groupSet: {
      item: (one.instance?.groups ?? []).map((groupId) => ({
        groupId,
        groupName: items.find('group', region, groupId)?.name ?? '',
      })),
    },
    ipv6AddressesSet: '',
    tagSet: tagSet(one.tags),
  };
}

function attachment({ instance, requester }: NetworkInterface): XmlNode {
  if (instance === undefined)
    return { instanceOwnerId: requester, deviceIndex: 1, status: 'attached', deleteOnTermination: false };
  return {
    attachmentId: instance.attachmentId,
    instanceId: instance.id,
    instanceOwnerId: ACCOUNT,
    deviceIndex: 0,
    status: 'attached',
    attachTime: new Date(instance.attached).toISOString(),
    deleteOnTermination: true,
  };
}
