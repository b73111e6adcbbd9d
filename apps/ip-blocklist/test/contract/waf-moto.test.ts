import { runOnReferee } from './referee.ts';
import { KNOWN_GAPS } from './waf/known-gaps.ts';
import { openWafPlace } from './waf/place.ts';
import { suites } from './waf/suites.ts';

for (const scope of ['CLOUDFRONT', 'REGIONAL'] as const) {
  runOnReferee(
    'moto',
    `WAF ${scope}`,
    (options) => openWafPlace({ ...options, scope }),
    suites,
    KNOWN_GAPS.moto,
  );
}
