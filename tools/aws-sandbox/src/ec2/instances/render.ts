import type { XmlNode } from '../../http/xml.ts';
import { ACCOUNT, type Items } from '../items.ts';
import { describeTags } from '../xml.ts';
import { STATE_CODES, type Instance, type InstanceState } from './instance.ts';

export const stateNode = (state: InstanceState): XmlNode => ({ code: STATE_CODES[state], name: state });

/** How an instance shows. One that has ended has no addresses any more. */
export function renderInstance(items: Items, region: string, one: Instance): XmlNode {
  const { association } = items.find('interface', region, one.interfaceId) ?? {};
  const lives = one.state !== 'terminated';
  const groups = groupSet(items, region, one);
  return {
    instanceId: one.id,
    imageId: one.imageId,
    instanceState: stateNode(one.state),
    privateDnsName: lives ? privateName(region, one.privateIp) : '',
    dnsName: '',
    reason: one.reason === undefined ? '' : one.reason.message,
    keyName: one.keyName,
    amiLaunchIndex: one.index,
    instanceType: one.type,
    launchTime: new Date(one.launched).toISOString(),
    placement: { availabilityZone: one.zone, groupName: '', tenancy: 'default' },
    monitoring: { state: one.monitored ? 'enabled' : 'disabled' },
    ...(lives
      ? {
          subnetId: one.subnetId,
          vpcId: one.vpcId,
          privateIpAddress: one.privateIp,
          ipAddress: association?.publicIp,
          groupSet: groups,
        }
      : { groupSet: '' }),
    ...(one.reason === undefined
      ? {}
      : { stateReason: { code: one.reason.code, message: one.reason.message } }),
    sourceDestCheck: true,
    architecture: 'x86_64',
    rootDeviceType: 'ebs',
    rootDeviceName: '/dev/xvda',
    blockDeviceMapping: { item: lives ? devices(items, region, one) : [] },
    virtualizationType: 'hvm',
    clientToken: one.clientToken ?? '',
    hypervisor: 'xen',
    networkInterfaceSet: { item: lives ? [networkInterface(items, region, one, groups)] : [] },
    ...(one.profile === undefined
      ? {}
      : { iamInstanceProfile: { arn: one.profile.arn, id: one.profile.name } }),
    metadataOptions: {
      state: 'applied',
      httpTokens: 'required',
      httpPutResponseHopLimit: one.hopLimit,
      httpEndpoint: 'enabled',
      httpProtocolIpv6: 'disabled',
      instanceMetadataTags: one.tagsInMetadata ? 'enabled' : 'disabled',
    },
    ...describeTags(one.tags),
  };
}

/** Of the network of EC2: us-east-1 has another name than the rest. */
export function privateName(region: string, ip: string): string {
  const domain = region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`;
  return `ip-${ip.replaceAll('.', '-')}.${domain}`;
}

function groupSet(items: Items, region: string, one: Instance): XmlNode {
  return {
    item: one.groups.map((groupId) => ({
      groupId,
      groupName: items.find('group', region, groupId)?.name ?? '',
    })),
  };
}

function devices(items: Items, region: string, one: Instance): XmlNode[] {
  return items
    .list('volume', region)
    .filter(({ attachment }) => attachment?.instanceId === one.id)
    .map(({ id, attachment }) => ({
      deviceName: attachment?.device,
      ebs: {
        volumeId: id,
        // `busy` is a state of attachments that only volumes show.
        status: attachment?.state,
        attachTime: new Date(attachment?.since ?? 0).toISOString(),
        deleteOnTermination: attachment?.deleteOnTermination,
      },
    }));
}

function networkInterface(items: Items, region: string, one: Instance, groups: XmlNode): XmlNode {
  const card = items.find('interface', region, one.interfaceId);
  const association = card?.association && {
    publicIp: card.association.publicIp,
    ipOwnerId: card.association.ipOwner,
  };
  return {
    networkInterfaceId: one.interfaceId,
    subnetId: one.subnetId,
    vpcId: one.vpcId,
    ownerId: ACCOUNT,
    status: 'in-use',
    macAddress: one.mac,
    privateIpAddress: one.privateIp,
    sourceDestCheck: true,
    interfaceType: 'interface',
    groupSet: groups,
    attachment: {
      attachmentId: card?.instance?.attachmentId,
      deviceIndex: 0,
      status: 'attached',
      attachTime: new Date(one.launched).toISOString(),
      deleteOnTermination: true,
    },
    association,
    privateIpAddressesSet: { item: [{ privateIpAddress: one.privateIp, primary: true, association }] },
  };
}
