import type { Instance } from '../processes/instance.ts';
import type { Soak } from '../soak.ts';
import type { Thing } from './thing.ts';

/** What must hold of an answer, taken before it is asked for. */
export interface Expected {
  thing: Thing;
  view: string;
  floor: number;
}

export function expect(thing: Thing, view: string, to: Instance): Expected {
  return { thing, view, floor: thing.floor(view, to.name) };
}

/** Of an answer; undefined: there is nothing. `how`: its Cache-Status. */
export function judge(
  { broken, tally, phases }: Soak,
  to: Instance,
  { thing, view, floor }: Expected,
  version: number | undefined,
  how: string,
): void {
  thing.note(`${to.name} showed ${version ?? 'nothing'} in ${view}, not below ${floor}: ${how}`);
  const isStale = version === undefined ? thing.absentUpTo < floor : version < floor;
  if (!isStale) return;
  tally.stale(phases.now.name);
  const what = `${to.name} showed ${version ?? 'nothing'} of ${thing.name} in ${view}, where ${floor} was promised: ${how}`;
  broken.add('stale answer', what, thing);
}
