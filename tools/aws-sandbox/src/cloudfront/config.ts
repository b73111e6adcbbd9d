import { fragment, type XmlNode } from '../http/xml.ts';
import { cacheTagHeaderOf } from './cache-tags.ts';
import { cloudFrontError } from './error.ts';
import { geoRestrictionOf, type GeoRestriction } from './geo-restriction.ts';
import { isNode, itemsOf, nodeOf, readDocument, textOf, type XmlContent } from './read-xml.ts';

/** A distribution's configuration: as it came, and what the sandbox itself has to know of it. */
export interface DistributionConfig {
  /** The content of the element, with what was left out at its default. */
  xml: string;
  callerReference: string;
  aliases: string[];
  enabled: boolean;
  geoRestriction: GeoRestriction;
  /** Where the tags of what is cached are; absent: nothing can be invalidated by tag. */
  cacheTagHeader?: string | undefined;
}

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html#limits-web-distributions */
const MAX_ALIASES = 100;

const REQUIRED = ['CallerReference', 'Origins', 'DefaultCacheBehavior', 'Comment', 'Enabled'];
/** What CloudFront makes of an element that is left out, in a new config as in a changed one. */
const DEFAULTS: XmlNode = {
  Aliases: { Quantity: 0 },
  DefaultRootObject: '',
  OriginGroups: { Quantity: 0 },
  CacheBehaviors: { Quantity: 0 },
  CustomErrorResponses: { Quantity: 0 },
  PriceClass: 'PriceClass_All',
  ViewerCertificate: { CloudFrontDefaultCertificate: true },
  Restrictions: { GeoRestriction: { RestrictionType: 'none', Quantity: 0 } },
  WebACLId: '',
  HttpVersion: 'http2',
  IsIPV6Enabled: false,
  Staging: false,
};
/** https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionConfig.html */
const KNOWN = new Set([
  ...REQUIRED,
  ...Object.keys(DEFAULTS),
  'Logging',
  'ContinuousDeploymentPolicyId',
  'AnycastIpListId',
  'TenantConfig',
  'ConnectionMode',
  'ViewerMtlsConfig',
  'ConnectionFunctionAssociation',
  'CacheTagConfig',
]);

/** Checks a `DistributionConfig` document. Throws what CloudFront would refuse it with. */
export function parseConfig(text: string): DistributionConfig {
  if (text.trim() === '') throw cloudFrontError.bodyMissing();
  const read = readDocument(text, 'DistributionConfig');
  if (read === undefined) throw cloudFrontError.malformed('Could not parse XML');
  const { content, inner } = read;
  const unknown = Object.keys(content).find((name) => !KNOWN.has(name));
  if (unknown !== undefined) throw cloudFrontError.malformed(`Unexpected element ${unknown}`);
  const missing = REQUIRED.find((name) => content[name] === undefined);
  if (missing !== undefined) throw cloudFrontError.invalid(`The parameter ${missing} is required.`);
  const callerReference = textOf(content, 'CallerReference') ?? '';
  if (callerReference === '') throw cloudFrontError.invalid('The parameter CallerReference is required.');
  const enabled = textOf(content, 'Enabled');
  if (enabled !== 'true' && enabled !== 'false')
    throw cloudFrontError.malformed(`Enabled is true or false, not ${enabled}`);
  const geoRestriction = geoRestrictionOf(content);
  const cacheTagHeader = cacheTagHeaderOf(content);
  checkQuantities(content, 'DistributionConfig');
  checkOrigins(content);
  const aliases = itemsOf(nodeOf(content, 'Aliases') ?? {}).map(String);
  if (aliases.length > MAX_ALIASES) throw cloudFrontError.tooManyAliases();
  const added = Object.entries(DEFAULTS).filter(([name]) => content[name] === undefined);
  return {
    xml: inner.trim() + fragment(Object.fromEntries(added)),
    callerReference,
    aliases,
    enabled: enabled === 'true',
    geoRestriction,
    cacheTagHeader,
  };
}

/** Every list of the API states how long it is. */
function checkQuantities(node: XmlContent, where: string): void {
  if ('Quantity' in node || 'Items' in node) {
    if (textOf(node, 'Quantity') !== String(itemsOf(node).length)) throw cloudFrontError.quantity(where);
  }
  for (const [name, children] of Object.entries(node)) {
    for (const child of [children].flat()) {
      if (isNode(child)) checkQuantities(child, name === 'Items' ? where : name);
    }
  }
}

function checkOrigins(config: XmlContent): void {
  const origins = itemsOf(nodeOf(config, 'Origins') ?? {}).filter(isNode);
  if (origins.length === 0) throw cloudFrontError.invalid('A distribution needs at least one origin.');
  const ids = origins.map((origin) => textOf(origin, 'Id'));
  const behaviors = itemsOf(nodeOf(config, 'CacheBehaviors') ?? {}).filter(isNode);
  for (const behavior of [nodeOf(config, 'DefaultCacheBehavior') ?? {}, ...behaviors]) {
    const target = textOf(behavior, 'TargetOriginId') ?? '';
    const groups = itemsOf(nodeOf(config, 'OriginGroups') ?? {}).filter(isNode);
    const known = [...ids, ...groups.map((group) => textOf(group, 'Id'))];
    if (!known.includes(target)) throw cloudFrontError.noOrigin(target);
  }
}
