import { setTimeout as delay } from 'node:timers/promises';
import type { Coverage } from '../domain/networks.ts';
import { Conflict, Throttled, type Enforcer, type Urgency } from '../ports/enforcer.ts';

const ORDER: readonly Urgency[] = ['add', 'remove', 'tidy'];
/** More than there are sets, twice over: somebody who changes them all the time is not to keep us busy. */
const MOST_WRITES = 20;
const MOST_FAILURES = 5;
/** After a failure of which it is known that it will pass, in ms. */
const PAUSE_MS = 100;

/** Writes until what is there is what is wanted, the most urgent first. Rejects when that does not succeed. */
export async function bringAbout(enforcer: Enforcer, wanted: Coverage): Promise<void> {
  let failures = 0;
  for (let writes = 0; writes < MOST_WRITES; writes += 1) {
    const next = enforcer.next(wanted);
    const write = ORDER.flatMap((urgency) => next.filter((one) => one.urgency === urgency))[0];
    if (write === undefined) return;
    try {
      await write.perform();
    } catch (error) {
      failures += 1;
      const willPass = error instanceof Conflict || error instanceof Throttled;
      if (!willPass || failures === MOST_FAILURES) throw error;
      await delay(PAUSE_MS);
      await enforcer.observe();
    }
  }
  throw new Error('somebody else keeps changing the table');
}
