import { fragment, type XmlNode } from '../http/xml.ts';
import type { Distribution } from './distributions.ts';
import type { Page } from './pages.ts';
import { readDocument } from './read-xml.ts';
import { CLOUDFRONT_NAMESPACE } from './version.ts';

const ACCOUNT = '000000000000';
/** What a list tells of a config. https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionSummary.html */
const SUMMARY = [
  'Aliases',
  'Origins',
  'OriginGroups',
  'DefaultCacheBehavior',
  'CacheBehaviors',
  'CustomErrorResponses',
  'Comment',
  'PriceClass',
  'Enabled',
  'ViewerCertificate',
  'Restrictions',
  'WebACLId',
  'HttpVersion',
  'IsIPV6Enabled',
  'Staging',
];

export function renderDistribution(one: Distribution, inProgressInvalidations: number): string {
  const head = fragment({ ...identityOf(one), InProgressInvalidationBatches: inProgressInvalidations });
  return root('Distribution', `${head}<DistributionConfig>${one.config.xml}</DistributionConfig>`);
}

export function renderConfig({ config }: Distribution): string {
  return root('DistributionConfig', config.xml);
}

export function renderList({ marker, maxItems, items, truncated }: Page<Distribution>): string {
  return root(
    'DistributionList',
    fragment({
      Marker: marker,
      ...(truncated ? { NextMarker: items.at(-1)?.id } : {}),
      MaxItems: maxItems,
      IsTruncated: truncated,
      Quantity: items.length,
      ...(items.length === 0 ? {} : { Items: { DistributionSummary: items.map(summaryOf) } }),
    }),
  );
}

function summaryOf(one: Distribution): XmlNode {
  const config =
    readDocument(root('DistributionConfig', one.config.xml), 'DistributionConfig')?.content ?? {};
  return {
    ...identityOf(one),
    ETag: one.etag,
    ...Object.fromEntries(SUMMARY.map((name) => [name, config[name] as XmlNode])),
  };
}

/** A write is in force at once: AWS would say `InProgress` for some minutes. */
function identityOf({ id, domainName, modified }: Distribution): XmlNode {
  return {
    Id: id,
    ARN: `arn:aws:cloudfront::${ACCOUNT}:distribution/${id}`,
    Status: 'Deployed',
    LastModifiedTime: modified,
    DomainName: domainName,
  };
}

export function root(name: string, inner: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="${CLOUDFRONT_NAMESPACE}">${inner}</${name}>`;
}
