import type { EnforcedDistribution } from '@groundwork/aws-sandbox';
import type { CountryOf } from './client.ts';

export interface GeoVerdict {
  action: 'allow' | 'block';
  type: EnforcedDistribution['geoRestriction']['type'];
  /** Undefined for an address that nobody has placed. */
  country: string | undefined;
}

/**
 * Turns a distribution's geo restriction into a function of the client's address. An address of no
 * known country is on no list: a blacklist lets it pass, a whitelist does not.
 */
export function compileGeoRestriction(
  { geoRestriction: { type, locations } }: EnforcedDistribution,
  countryOf: CountryOf,
): (address: string) => GeoVerdict {
  const listed = new Set(locations);
  return (address) => {
    const country = countryOf(address);
    const isListed = country !== undefined && listed.has(country);
    const blocked = type !== 'none' && isListed === (type === 'blacklist');
    return { action: blocked ? 'block' : 'allow', type, country };
  };
}
