import { AwsError } from '../http/aws-error.ts';
import type { XmlNode } from '../http/xml.ts';
import { ec2Error } from './error.ts';
import type { Items } from './items.ts';
import type { NetworkAclEntry } from './kinds.ts';
import { isIpv6, readEntry, readPlace } from './network-acl-entry.ts';
import { requireAcl } from './network-acls.ts';
import type { Params } from './params.ts';

type Place = Pick<NetworkAclEntry, 'number' | 'egress'>;

const isAt =
  (place: Place) =>
  (entry: NetworkAclEntry): boolean =>
    entry.number === place.number && entry.egress === place.egress;

export function createNetworkAclEntry(items: Items, region: string, params: Params): XmlNode {
  const acl = requireAcl(items, region, params.required('NetworkAclId'));
  const entry = readEntry(params);
  if (acl.entries.some(isAt(entry))) {
    throw new AwsError(
      400,
      'NetworkAclEntryAlreadyExists',
      `The network acl entry identified by ${entry.number} already exists.`,
    );
  }
  const entries = [...acl.entries, entry];
  refuseTooMany(items, entries, entry);
  items.replace({ ...acl, entries });
  return { return: true };
}

/** In place: there is no moment without the one or the other. */
export function replaceNetworkAclEntry(items: Items, region: string, params: Params): XmlNode {
  const acl = requireAcl(items, region, params.required('NetworkAclId'));
  const entry = readEntry(params);
  const before = acl.entries.find(isAt(entry));
  if (before === undefined) throw noEntry(entry);
  const entries = acl.entries.map((one) => (one === before ? entry : one));
  if (isIpv6(before) !== isIpv6(entry)) refuseTooMany(items, entries, entry);
  items.replace({ ...acl, entries });
  return { return: true };
}

export function deleteNetworkAclEntry(items: Items, region: string, params: Params): XmlNode {
  const acl = requireAcl(items, region, params.required('NetworkAclId'));
  const place = readPlace(params);
  if (!acl.entries.some(isAt(place))) throw noEntry(place);
  const isElsewhere = (entry: NetworkAclEntry) => !isAt(place)(entry);
  items.replace({ ...acl, entries: acl.entries.filter(isElsewhere) });
  return { return: true };
}

/** IPv4 and IPv6 are counted separately, each with its final deny. */
function refuseTooMany(items: Items, entries: readonly NetworkAclEntry[], added: NetworkAclEntry): void {
  const alike = entries.filter((one) => one.egress === added.egress && isIpv6(one) === isIpv6(added));
  const quota = items.quotas.get().networkAclRules;
  if (alike.length + 1 > quota) {
    throw ec2Error.limit(
      'NetworkAclEntryLimitExceeded',
      `The maximum number of network acl entries has been reached: ${quota}`,
    );
  }
}

function noEntry({ number, egress }: Place): AwsError {
  const direction = egress ? 'egress' : 'ingress';
  return ec2Error.absent(
    'InvalidNetworkAclEntry.NotFound',
    `network acl entry identified by ${number} in direction ${direction}`,
  );
}
