import { CloudFrontGeo } from '../../src/adapters/cloudfront/cloudfront-geo.ts';
import type { DistributionApi } from '../../src/adapters/cloudfront/distribution-api.ts';
import type { Subject } from '../../src/domain/subject.ts';
import { openGeoPlace } from '../contract/cloudfront/place.ts';
import { landsOf } from '../support/account.ts';
import type { OpenStage } from './stage.ts';

/** One for each of the sixteen addresses of histories; a network is the country of its first. */
const CODES = 'AT BE BG CH CZ DE DK ES FI FR GB GR HR HU IE IT'.split(' ');
const codeOf = (network: string): string => CODES[Number(/\.(\d+)\//.exec(network)?.[1])] ?? 'US';

export const openGeoStage: OpenStage = async (account) => {
  const place = await openGeoPlace({
    endpoint: account.endpoint,
    faults: account.faults,
    close: () => Promise.resolve(),
  });
  return {
    target: place.target,
    subjectOf: (network): Subject => ({ kind: 'country', text: codeOf(network) }),
    meaningOf: (network) => landsOf([codeOf(network)]),
    api: () => place.api,
    enforcer: (api) => new CloudFrontGeo(api as DistributionApi, place.target),
    writes: new Set(['update']),
    isFenced: true,
    hasFeeds: false,
    blocked: () => place.enforced(),
    perPart: CODES.length,
    async edit(_pick, addresses) {
      const countries = [...new Set(addresses.map(codeOf))];
      const { Restrictions } = await place.config();
      // What was there before us is not undone unasked.
      const isOurs = Restrictions?.GeoRestriction?.RestrictionType === 'blacklist';
      if (!isOurs || countries.length === 0) return false;
      await place.hand.edit('', { networks: [], countries });
      return true;
    },
    undo: () =>
      place.change((config) => ({
        ...config,
        Restrictions: { GeoRestriction: { RestrictionType: 'none', Quantity: 0 } },
      })),
    close: () => place.close(),
  };
};
