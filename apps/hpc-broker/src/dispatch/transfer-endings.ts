import type { Ending } from '../ports/engine.ts';
import type { Outcome } from './transfers.ts';

/** Of an attempt whose inputs did not come; it has not run. `seconds`: how long they may take. */
export function notBrought(outcome: Exclude<Outcome, 'done'>, seconds: number): Ending {
  if (outcome === 'cancelled') return { by: 'cancel' };
  if (outcome === 'late') {
    return { by: 'never-started', reason: `its inputs could not be brought within ${seconds} s` };
  }
  const { means, message: reason } = outcome;
  return means === 'infrastructure' ? { by: 'never-started', reason } : { by: 'refused', reason };
}

/** Of an attempt that has succeeded by `ending`, once its outputs are stored or will not be. */
export function stored(outcome: Outcome, ending: Ending, seconds: number): Ending {
  if (outcome === 'done') return ending;
  if (outcome === 'cancelled') return { by: 'cancel' };
  if (outcome === 'late') {
    const reason = `its work was done, but its outputs could not be stored within ${seconds} s`;
    return { by: 'outputs', means: 'infrastructure', reason };
  }
  return { by: 'outputs', means: outcome.means, reason: outcome.message };
}
