import { createHash } from 'node:crypto';
import type { XmlNode } from '../http/xml.ts';
import { ec2Error } from './error.ts';
import { filtered, pageOf, PREFIX_LIST_PAGE, type FilterValues } from './pages.ts';
import type { Params, Tag } from './params.ts';

interface PrefixList {
  id: string;
  name: string;
  family: 'IPv4' | 'IPv6';
  cidrs: readonly string[];
  /** How many rules of a security group, or routes of a table, one that refers to it counts for. */
  weight: number;
  tags: Tag[];
}

/**
 * Lists that AWS keeps; {region} stands for the region. The CIDRs are an excerpt, written down in November
 * 2026 without comparing them with the day's https://ip-ranges.amazonaws.com/ip-ranges.json (services
 * CLOUDFRONT_ORIGIN_FACING, whose IPv4 ones here are moto's too, and ROUTE53_HEALTHCHECKS): enough to work
 * with, and not to be relied on in any network.
 * Weights: https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html
 */
const LISTS: readonly Pick<PrefixList, 'name' | 'family' | 'weight' | 'cidrs'>[] = [
  {
    name: 'com.amazonaws.global.cloudfront.origin-facing',
    family: 'IPv4',
    weight: 55,
    cidrs: [
      '3.172.0.0/18',
      '13.124.199.0/24',
      '15.158.0.0/16',
      '18.68.0.0/16',
      '54.239.208.0/21',
      '64.252.64.0/18',
      '70.132.0.0/18',
      '130.176.0.0/18',
      '204.246.166.0/24',
      '205.251.218.0/24',
    ],
  },
  {
    name: 'com.amazonaws.global.ipv6.cloudfront.origin-facing',
    family: 'IPv6',
    weight: 55,
    cidrs: ['2600:9000:1000::/36', '2600:9000:2000::/36'],
  },
  {
    name: 'com.amazonaws.{region}.route53-healthchecks',
    family: 'IPv4',
    weight: 25,
    cidrs: ['15.177.0.0/18', '54.183.255.128/26', '54.228.16.0/26', '107.23.255.0/26', '176.34.159.192/26'],
  },
  {
    name: 'com.amazonaws.{region}.ipv6.route53-healthchecks',
    family: 'IPv6',
    weight: 25,
    cidrs: ['2600:1f1c:7ff:f800::/53', '2a05:d018:7ff:f800::/53'],
  },
];

const FILTERS: FilterValues<PrefixList> = {
  'owner-id': () => 'AWS',
  'prefix-list-id': ({ id }) => id,
  'prefix-list-name': ({ name }) => name,
};

export function describeManagedPrefixLists(region: string, params: Params): XmlNode {
  const all = listsOf(region);
  const ids = params.list('PrefixListId');
  for (const id of ids) requireList(all, id);
  const asked = all.filter(({ id }) => ids.length === 0 || ids.includes(id));
  const { page, next } = pageOf(filtered(asked, params, FILTERS), params, PREFIX_LIST_PAGE, ({ id }) => id);
  return { prefixListSet: { item: page.map((list) => describe(list, region)) }, ...next };
}

export function getManagedPrefixListEntries(region: string, params: Params): XmlNode {
  const { cidrs } = requireList(listsOf(region), params.required('PrefixListId'));
  const { page, next } = pageOf(cidrs, params, PREFIX_LIST_PAGE, (cidr) => cidr);
  return { entrySet: { item: page.map((cidr) => ({ cidr })) }, ...next };
}

export function requirePrefixList(region: string, id: string): PrefixList {
  return requireList(listsOf(region), id);
}

function requireList(lists: readonly PrefixList[], id: string): PrefixList {
  const list = lists.find((one) => one.id === id);
  if (list === undefined) throw ec2Error.absent('InvalidPrefixListID.NotFound', `prefix list ID '${id}'`);
  return list;
}

/** Each region has its own ids for them; eight digits, as those of AWS have. */
function listsOf(region: string): PrefixList[] {
  return LISTS.map(({ name: template, ...list }) => {
    const name = template.replace('{region}', region);
    const digits = createHash('sha256').update(`${region} ${name}`).digest('hex').slice(0, 8);
    return { ...list, id: `pl-${digits}`, name, tags: [] };
  });
}

function describe({ id, name, family }: PrefixList, region: string): XmlNode {
  return {
    prefixListId: id,
    prefixListName: name,
    prefixListArn: `arn:aws:ec2:${region}:aws:prefix-list/${id}`,
    addressFamily: family,
    ownerId: 'AWS',
    state: 'create-complete',
    tagSet: '',
  };
}
