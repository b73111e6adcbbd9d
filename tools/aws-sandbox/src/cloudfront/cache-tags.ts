import { cloudFrontError } from './error.ts';
import { nodeOf, textOf, type XmlContent } from './read-xml.ts';

/** RFC 9110, section 5.1. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * The header from which a distribution takes the tags of what it caches; undefined when it takes none, and cannot
 * be asked to invalidate by them. https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-by-tags.html
 */
export function cacheTagHeaderOf(config: XmlContent): string | undefined {
  const tags = nodeOf(config, 'CacheTagConfig');
  if (tags === undefined) return undefined;
  const name = textOf(tags, 'HeaderName') ?? '';
  if (!HEADER_NAME.test(name))
    throw cloudFrontError.invalid('The HeaderName of a CacheTagConfig is the name of a header.');
  return name;
}
