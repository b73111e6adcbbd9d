import { AwsError } from '../http/aws-error.ts';
import type { XmlNode } from '../http/xml.ts';
import { ec2Error } from './error.ts';
import { ACCOUNT, newId, type Items } from './items.ts';
import type { NetworkAcl } from './kinds.ts';
import { allEntries, describeEntry } from './network-acl-entry.ts';
import { DESCRIBE_PAGE, filtered, pageOf, type FilterValues } from './pages.ts';
import type { Params } from './params.ts';
import { requireVpc } from './vpcs.ts';
import { tagSet } from './xml.ts';

/** Adjustable. https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-nacls */
const MAX_ACLS_PER_VPC = 200;

const FILTERS: FilterValues<NetworkAcl> = {
  'network-acl-id': ({ id }) => id,
  'vpc-id': ({ vpcId }) => vpcId,
  default: ({ isDefault }) => String(isDefault),
  'association.association-id': ({ associations }) => associations.map(({ id }) => id),
  'association.subnet-id': ({ associations }) => associations.map(({ subnetId }) => subnetId),
};

export function createNetworkAcl(items: Items, region: string, params: Params): XmlNode {
  const vpc = requireVpc(items, region, params.required('VpcId'));
  const clientToken = params.text('ClientToken');
  const all = items.list('networkacl', region);
  // The SDK sends a token with every call: the same one means the same ACL.
  const before = all.find((one) => clientToken !== undefined && one.clientToken === clientToken);
  if (before !== undefined && before.vpcId !== vpc.id) {
    throw new AwsError(
      400,
      'IdempotentParameterMismatch',
      `The client token ${clientToken} was used for another request.`,
    );
  }
  if (before === undefined && all.filter(({ vpcId }) => vpcId === vpc.id).length >= MAX_ACLS_PER_VPC)
    throw ec2Error.limit('NetworkAclLimitExceeded', 'The maximum number of network ACLs has been reached.');
  const acl =
    before ??
    items.create('networkacl', region, {
      vpcId: vpc.id,
      isDefault: false,
      entries: [],
      associations: [],
      tags: params.tags('network-acl'),
      clientToken,
    });
  return { networkAcl: describe(items, region, acl), clientToken };
}

export function describeNetworkAcls(items: Items, region: string, params: Params): XmlNode {
  const ids = params.list('NetworkAclId');
  for (const id of ids) requireAcl(items, region, id);
  const all = items.list('networkacl', region).filter(({ id }) => ids.length === 0 || ids.includes(id));
  const { page, next } = pageOf(filtered(all, params, FILTERS), params, DESCRIBE_PAGE, ({ id }) => id);
  return { networkAclSet: { item: page.map((acl) => describe(items, region, acl)) }, ...next };
}

/** Moves a subnet from the ACL that it has to another one; the association gets another id. */
export function replaceNetworkAclAssociation(items: Items, region: string, params: Params): XmlNode {
  const id = params.required('AssociationId');
  const to = requireAcl(items, region, params.required('NetworkAclId'));
  const from = items.list('networkacl', region).find((acl) => acl.associations.some((one) => one.id === id));
  const association = from?.associations.find((one) => one.id === id);
  if (from === undefined || association === undefined)
    throw ec2Error.absent('InvalidAssociationID.NotFound', `association ID '${id}'`);
  if (from.vpcId !== to.vpcId)
    throw ec2Error.invalid('networkAclId', to.id, `It does not belong to the VPC ${from.vpcId}.`);
  const moved = { id: newId('aclassoc'), subnetId: association.subnetId };
  // The same ACL may be meant: it is read again, after the removal.
  items.replace({ ...from, associations: from.associations.filter((one) => one !== association) });
  const target = requireAcl(items, region, to.id);
  items.replace({ ...target, associations: [...target.associations, moved] });
  return { newAssociationId: moved.id };
}

export function deleteNetworkAcl(items: Items, region: string, params: Params): XmlNode {
  const acl = requireAcl(items, region, params.required('NetworkAclId'));
  if (acl.isDefault || acl.associations.length > 0) throw ec2Error.needed(`networkAcl '${acl.id}'`);
  items.remove(acl.id);
  return { return: true };
}

export function requireAcl(items: Items, region: string, id: string): NetworkAcl {
  const acl = items.find('networkacl', region, id);
  if (acl === undefined) throw ec2Error.absent('InvalidNetworkAclID.NotFound', `networkAcl ID '${id}'`);
  return acl;
}

function describe(items: Items, region: string, acl: NetworkAcl): XmlNode {
  return {
    networkAclId: acl.id,
    vpcId: acl.vpcId,
    ownerId: ACCOUNT,
    default: acl.isDefault,
    entrySet: { item: allEntries(acl, requireVpc(items, region, acl.vpcId)).map(describeEntry) },
    associationSet: {
      item: acl.associations.map(({ id, subnetId }) => ({
        networkAclAssociationId: id,
        networkAclId: acl.id,
        subnetId,
      })),
    },
    tagSet: tagSet(acl.tags),
  };
}
