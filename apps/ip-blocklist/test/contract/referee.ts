import { startReferee, whyMissing, type RefereeName } from '@groundwork/aws-sandbox/testing';
import { runContract, type Suite } from '@groundwork/service/testing/contract';
import type { PlaceOptions } from './sandbox.ts';

/** Against an emulator that somebody else has written, emptied before each test. */
export function runOnReferee<Place extends { close(): Promise<void> }>(
  referee: RefereeName,
  what: string,
  open: (options: PlaceOptions) => Promise<Place>,
  suites: readonly Suite<Place>[],
  gaps: Readonly<Record<string, string>>,
): void {
  const venv = process.env['TEST_PYTHON'];
  runContract(
    {
      name: `${what} on ${referee}`,
      missing: whyMissing(referee, venv),
      gaps,
      async start() {
        const running = await startReferee(referee, venv);
        return {
          async open() {
            await running.reset();
            return open({ endpoint: running.endpoint, close: () => Promise.resolve() });
          },
          stop: () => running.stop(),
        };
      },
    },
    suites,
  );
}
