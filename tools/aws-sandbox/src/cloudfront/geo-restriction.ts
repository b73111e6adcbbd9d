import { COUNTRIES } from '../countries.ts';
import { cloudFrontError } from './error.ts';
import { itemsOf, nodeOf, textOf, type XmlContent } from './read-xml.ts';

export interface GeoRestriction {
  type: 'none' | 'blacklist' | 'whitelist';
  /** ISO 3166-1 alpha-2. */
  locations: string[];
}

/**
 * What a config says about countries; a config that says nothing restricts nothing.
 * https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_GeoRestriction.html
 */
export function geoRestrictionOf(config: XmlContent): GeoRestriction {
  const restrictions = nodeOf(config, 'Restrictions');
  if (restrictions === undefined) return { type: 'none', locations: [] };
  const restriction = nodeOf(restrictions, 'GeoRestriction');
  if (restriction === undefined) throw cloudFrontError.invalid('The parameter GeoRestriction is required.');
  const type = textOf(restriction, 'RestrictionType');
  const locations = itemsOf(restriction).map(String);
  const refuse = cloudFrontError.geoRestriction;
  if (type !== 'none' && type !== 'blacklist' && type !== 'whitelist')
    throw refuse(`RestrictionType is none, blacklist or whitelist, not ${type}.`);
  if (type === 'none' && locations.length > 0) throw refuse('RestrictionType none has no locations.');
  if (type !== 'none' && locations.length === 0)
    throw refuse(`RestrictionType ${type} needs at least one location.`);
  const unknown = locations.find((location) => !COUNTRIES.has(location));
  if (unknown !== undefined) throw refuse(`${unknown} is no ISO 3166-1 alpha-2 code in capitals.`);
  const twice = locations.find((location, i) => locations.indexOf(location) < i);
  if (twice !== undefined) throw refuse(`${twice} is there twice.`);
  return { type, locations };
}
