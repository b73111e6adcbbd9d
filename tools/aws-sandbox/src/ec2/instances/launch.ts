import { randomBytes } from 'node:crypto';
import { AwsError } from '../../http/aws-error.ts';
import { freeServiceAddress } from '../addresses.ts';
import { placeInstanceInterface } from '../interfaces.ts';
import { newId } from '../items.ts';
import { requireSubnet } from '../subnets.ts';
import type { Cloud } from '../time/cloud.ts';
import { requireCapacity } from './capacity.ts';
import { groupsFor } from './groups.ts';
import type { Instance } from './instance.ts';
import type { LaunchSpec } from './launch-spec.ts';
import { enter } from './transitions.ts';

/** What an instance is made for; who launches several does so under one reservation. */
export interface Reservation {
  id: string;
  index: number;
  clientToken?: string | undefined;
  fingerprint: string;
}

export const newReservation = (): Reservation => ({ id: newId('r'), index: 0, fingerprint: '' });

/** Makes one instance, pending. Throws InsufficientInstanceCapacity and what is wrong with the specification. */
export function launchInstance(
  cloud: Cloud,
  region: string,
  spec: LaunchSpec,
  reservation: Reservation,
): Instance {
  const { items } = cloud;
  // There is no default VPC that it could be in otherwise.
  if (spec.subnetId === undefined)
    throw new AwsError(400, 'VPCIdNotSpecified', 'No default VPC for this user. SubnetId is needed.');
  const subnet = requireSubnet(items, region, spec.subnetId);
  if (spec.zone !== undefined && spec.zone !== subnet.zone) {
    throw new AwsError(
      400,
      'InvalidParameterValue',
      `The availability zone '${spec.zone}' does not match that of the subnet, '${subnet.zone}'.`,
    );
  }
  const groups = groupsFor(items, region, subnet, spec.groups);
  requireCapacity(cloud, subnet.zone, spec.type);
  const card = placeInstanceInterface(items, region, subnet, groups, cloud.now);
  const instance = items.create('instance', region, {
    reservation: reservation.id,
    index: reservation.index,
    clientToken: reservation.clientToken,
    fingerprint: reservation.fingerprint,
    imageId: spec.imageId,
    type: spec.type,
    keyName: spec.keyName,
    profile: spec.profile,
    userData: spec.userData,
    monitored: spec.monitored,
    tagsInMetadata: spec.tagsInMetadata,
    hopLimit: spec.hopLimit,
    vpcId: subnet.vpcId,
    subnetId: subnet.id,
    zone: subnet.zone,
    groups,
    interfaceId: card.id,
    privateIp: card.privateIp,
    mac: card.mac,
    launched: cloud.now,
    state: 'pending',
    since: cloud.now,
    secret: randomBytes(16).toString('hex'),
    tags: spec.tags,
  });
  items.replace({
    ...card,
    instance: { id: instance.id, attachmentId: newId('eni-attach'), attached: cloud.now, groups },
    ...(spec.publicIp && {
      association: { publicIp: freeServiceAddress(items, region), ipOwner: 'amazon' },
    }),
  });
  enter(cloud, region, instance, 'pending', cloud.times.pendingMs);
  return instance;
}
