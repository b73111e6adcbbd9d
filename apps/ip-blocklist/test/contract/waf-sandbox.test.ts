import { Resources } from '@groundwork/aws-sandbox';
import { openAccount } from '../support/account.ts';
import { runContract } from './contract.ts';
import { openWafPlace } from './waf/place.ts';
import { suites } from './waf/suites.ts';

for (const scope of ['CLOUDFRONT', 'REGIONAL'] as const) {
  runContract(
    {
      name: `WAF ${scope} in the sandbox`,
      start: () =>
        Promise.resolve({
          async open() {
            const account = await openAccount({ resources: Resources.parse({}) });
            const { endpoint, faults } = account;
            return openWafPlace({ endpoint, scope, faults, close: () => account.close() });
          },
          stop: () => Promise.resolve(),
        }),
    },
    suites,
  );
}
