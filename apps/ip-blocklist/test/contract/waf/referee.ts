import { startReferee, whyMissing, type RefereeName } from '@groundwork/aws-sandbox/testing';
import { runContract } from '../contract.ts';
import { KNOWN_GAPS } from './known-gaps.ts';
import { openWafPlace } from './place.ts';
import { suites } from './suites.ts';

/** Against an emulator that somebody else has written, emptied before each test. */
export function runOnReferee(referee: RefereeName): void {
  const venv = process.env['TEST_PYTHON'];
  for (const scope of ['CLOUDFRONT', 'REGIONAL'] as const) {
    runContract(
      {
        name: `WAF ${scope} on ${referee}`,
        missing: whyMissing(referee, venv),
        gaps: KNOWN_GAPS[referee],
        async start() {
          const running = await startReferee(referee, venv);
          return {
            async open() {
              await running.reset();
              return openWafPlace({ endpoint: running.endpoint, scope, close: () => Promise.resolve() });
            },
            stop: () => running.stop(),
          };
        },
      },
      suites,
    );
  }
}
