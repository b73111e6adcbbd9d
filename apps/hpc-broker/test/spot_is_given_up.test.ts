import { describe, expect, it } from 'vitest';
import { wakeDue } from '../src/adapters/postgres/steer.ts';
import { useDatabases } from './support/database.ts';
import { exit, job, openLedger } from './support/ledger.ts';

const databases = useDatabases();
const RECLAIMED = { by: 'preemption', reason: 'Host EC2 (instance i-1) terminated.' } as const;

/** How each attempt is bought, while Spot is taken away from all of them but the last. */
async function bought(words: Parameters<typeof job>[0], planned: string, attempts: number) {
  const { submit, plan, placeAll, end, within } = openLedger(await databases.open());
  await plan({ attemptWorstUsd: 1, purchase: planned });
  await submit(job(words));
  const purchases: (string | null | undefined)[] = [];
  for (let number = 1; number <= attempts; number += 1) {
    const placed = await placeAll();
    purchases.push(placed[0]?.purchase);
    await end(placed, number === attempts ? exit(0) : RECLAIMED);
    await within((tx) => wakeDue(tx, 10));
  }
  return purchases;
}

describe('A job on Spot', () => {
  it('is bought On-Demand once Spot was lost as often as it may be', async () => {
    const retries = { spot: 2, backoffSeconds: 0 };
    expect(await bought({ retries }, 'spot', 4)).toEqual(['spot', 'spot', 'on-demand', 'on-demand']);
  });

  it('that insists on Spot stays there', async () => {
    const words = { retries: { spot: 1, backoffSeconds: 0 }, purchase: 'spot' as const };
    expect(await bought(words, 'spot', 4)).toEqual(['spot', 'spot', 'spot', 'spot']);
  });

  it('goes there again for each attempt where Spot may be lost for ever', async () => {
    const retries = { spot: 1_000, backoffSeconds: 0 };
    expect(await bought({ retries }, 'spot', 3)).toEqual(['spot', 'spot', 'spot']);
  });

  it('is as it was planned where that is not Spot', async () => {
    const retries = { spot: 0, backoffSeconds: 0 };
    expect(await bought({ retries }, 'owned', 3)).toEqual(['owned', 'owned', 'owned']);
  });
});
