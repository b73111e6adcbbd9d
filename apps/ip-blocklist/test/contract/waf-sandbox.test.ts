import { runInSandbox } from './sandbox.ts';
import { openWafPlace } from './waf/place.ts';
import { suites } from './waf/suites.ts';

for (const scope of ['CLOUDFRONT', 'REGIONAL'] as const) {
  runInSandbox(`WAF ${scope}`, (options) => openWafPlace({ ...options, scope }), suites);
}
