import { startReferee, whyMissing, type RefereeName } from '@groundwork/aws-sandbox/testing';
import { runContract, type Suite } from '@groundwork/service/testing/contract';
import type { PlaceOptions } from './sandbox.ts';

/** Subjects of one file are held up to the same one, as a start of it is seconds of work. */
const shared = new Map<
  RefereeName,
  { users: number; running?: ReturnType<typeof startReferee> | undefined }
>();

/** Against an emulator that somebody else has written, emptied before each test. */
export function runOnReferee<Place extends { close(): Promise<void> }>(
  referee: RefereeName,
  what: string,
  open: (options: PlaceOptions) => Promise<Place>,
  suites: readonly Suite<Place>[],
  gaps: Readonly<Record<string, string>>,
): void {
  const venv = process.env['TEST_PYTHON'];
  const use = shared.get(referee) ?? { users: 0 };
  shared.set(referee, use);
  use.users += 1;
  runContract(
    {
      name: `${what} on ${referee}`,
      missing: whyMissing(referee, venv),
      gaps,
      async start() {
        const running = await (use.running ??= startReferee(referee, venv));
        return {
          async open() {
            await running.reset();
            return open({ endpoint: running.endpoint, close: () => Promise.resolve() });
          },
          async stop() {
            use.users -= 1;
            if (use.users > 0) return;
            use.running = undefined;
            await running.stop();
          },
        };
      },
    },
    suites,
  );
}
