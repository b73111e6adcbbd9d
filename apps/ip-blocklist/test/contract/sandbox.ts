import { Resources, type Faults } from '@groundwork/aws-sandbox';
import { openAccount } from '../support/account.ts';
import { runContract, type Suite } from '@groundwork/service/testing/contract';

export interface PlaceOptions {
  endpoint: string;
  /** Of the sandbox; the others cannot be told to fail. */
  faults?: Faults | undefined;
  close: () => Promise<void>;
}

/** Each test in an empty account of its own. */
export function runInSandbox<Place extends { close(): Promise<void> }>(
  what: string,
  open: (options: PlaceOptions) => Promise<Place>,
  suites: readonly Suite<Place>[],
): void {
  runContract(
    {
      name: `${what} in the sandbox`,
      start: () =>
        Promise.resolve({
          async open() {
            const account = await openAccount({ resources: Resources.parse({}) });
            const { endpoint, faults } = account;
            return open({ endpoint, faults, close: () => account.close() });
          },
          stop: () => Promise.resolve(),
        }),
    },
    suites,
  );
}
