import { AwsError } from '../http/aws-error.ts';
import type { XmlNode } from '../http/xml.ts';
import { requireAddress } from './addresses.ts';
import { ec2Error } from './error.ts';
import { ACCOUNT, newId, type Items } from './items.ts';
import { requireInstance } from './instances/require.ts';
import type { NetworkInterface } from './kinds.ts';
import type { Params } from './params.ts';
import type { Cloud } from './time/cloud.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateAddress.html */
export function associateAddress(cloud: Cloud, region: string, params: Params): XmlNode {
  const { items } = cloud;
  const address = requireAddress(items, region, params.required('AllocationId'));
  const card = requireTarget(cloud, region, params);
  const wantedIp = params.text('PrivateIpAddress');
  if (wantedIp !== undefined && wantedIp !== card.privateIp)
    throw ec2Error.invalid('privateIpAddress', wantedIp, `${card.id} does not have it.`);
  const { association } = address;
  if (association?.interfaceId === card.id) return { return: true, associationId: association.id };
  if (association !== undefined) {
    if (!params.flag('AllowReassociation')) {
      throw new AwsError(
        400,
        'Resource.AlreadyAssociated',
        `resource ${address.id} is already associated with associate-id ${association.id}`,
      );
    }
    disassociate(items, region, association.interfaceId);
  }
  // "The existing address is disassociated from the instance, but remains allocated to your account."
  disassociate(items, region, card.id);
  const id = newId('eipassoc');
  items.replace({
    ...address,
    association: {
      id,
      interfaceId: card.id,
      privateIp: card.privateIp,
      ...(card.instance && { instanceId: card.instance.id }),
    },
  });
  items.replace({
    ...card,
    association: { publicIp: address.publicIp, ipOwner: ACCOUNT, id, allocationId: address.id },
  });
  return { return: true, associationId: id };
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateAddress.html */
export function disassociateAddress(cloud: Cloud, region: string, params: Params): XmlNode {
  const { items } = cloud;
  const id = params.required('AssociationId');
  const address = items.list('address', region).find(({ association }) => association?.id === id);
  if (address?.association === undefined)
    throw ec2Error.absent('InvalidAssociationID.NotFound', `association ID '${id}'`);
  const card = items.find('interface', region, address.association.interfaceId);
  if (card !== undefined && card.instance === undefined) throw notPermitted();
  disassociate(items, region, address.association.interfaceId);
  return { return: true };
}

/** Takes the Elastic IP from an interface, where it has one; also what AWS had given it instead. */
export function disassociate(items: Items, region: string, interfaceId: string): void {
  const card = items.find('interface', region, interfaceId);
  if (card !== undefined) {
    const { association: _, ...without } = card;
    items.replace(without);
  }
  for (const address of items.list('address', region)) {
    if (address.association?.interfaceId !== interfaceId) continue;
    const { association: _, ...without } = address;
    items.replace(without);
  }
}

/** The interface of an instance that runs or is stopped: before, and when it goes, it takes none. */
function requireTarget({ items }: Cloud, region: string, params: Params): NetworkInterface {
  const [instanceId, interfaceId] = [params.text('InstanceId'), params.text('NetworkInterfaceId')];
  if (instanceId === undefined && interfaceId === undefined)
    throw ec2Error.missing('InstanceId or NetworkInterfaceId');
  if (instanceId !== undefined && interfaceId !== undefined)
    throw ec2Error.notCombined('You may specify an instance ID or a network interface ID, but not both');
  const given = interfaceId === undefined ? undefined : items.find('interface', region, interfaceId);
  if (interfaceId !== undefined && given === undefined)
    throw ec2Error.absent('InvalidNetworkInterfaceID.NotFound', `networkInterface ID '${interfaceId}'`);
  if (given !== undefined && given.instance === undefined) throw notPermitted();
  const instance = requireInstance(items, region, instanceId ?? given?.instance?.id ?? '');
  if (!['running', 'stopping', 'stopped'].includes(instance.state)) {
    throw given === undefined
      ? new AwsError(
          400,
          'InvalidInstanceID',
          `The ${instance.state} instance '${instance.id}' is not in a valid state for this operation.`,
        )
      : new AwsError(
          400,
          'IncorrectInstanceState',
          `The ${instance.state} instance to which '${given.id}' is attached is not in a valid state for this operation`,
        );
  }
  const card = given ?? items.find('interface', region, instance.interfaceId);
  if (card === undefined) throw new Error(`${instance.id} has lost ${instance.interfaceId}`);
  return card;
}

/** Interfaces that a service of AWS has made are its own. */
const notPermitted = (): AwsError =>
  new AwsError(400, 'OperationNotPermitted', 'You do not have permission to access the specified resource.');
