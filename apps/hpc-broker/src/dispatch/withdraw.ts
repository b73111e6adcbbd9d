import type { Engine, Sighting } from '../ports/engine.ts';
import type { Placed } from '../ports/ledger.ts';
import type { Results } from './results.ts';
import type { UnderWay } from './under-way.ts';

export interface WithdrawParts {
  engine: Engine;
  underWay: UnderWay;
  results: Results;
}

const REASON = 'it had not been handed over, and was taken back';

/** Takes attempts back that have not begun; what has begun goes on to its end. May be asked again and again. */
export async function withdraw(
  names: readonly string[],
  { engine, underWay, results }: WithdrawParts,
): Promise<void> {
  const left: string[] = [];
  for (const name of names) {
    const one = underWay.waitingFor(name);
    if (one === undefined || !(await isUnheard(name, one, engine))) left.push(name);
    // It may have been handed over while the engine was asked.
    else if (underWay.waitingFor(name) === one) {
      underWay.gone(name);
      results.ended(endOf(one));
    }
  }
  if (left.length === 0 || engine.withdraw === undefined) return;
  await engine.withdraw(left);
  results.changed(left);
}

/** Whether the engine cannot have begun it: nobody has ever handed it over, or nothing that it was handed is unknown to it. */
async function isUnheard(name: string, one: Placed, engine: Engine): Promise<boolean> {
  if (one.isFirst === true) return true;
  return engine.kind === 'local' && !(await engine.look([name])).has(name);
}

function endOf({ job, element, number }: Placed) {
  const sighting: Sighting = {
    state: 'ended',
    ending: { by: 'withdrawn', reason: REASON },
    endedAt: new Date(),
  };
  return { job, element, number, sighting };
}
