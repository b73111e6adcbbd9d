import type { Caller } from './caller.ts';
import type { Phases } from './phases.ts';
import type { Instance } from './processes/instance.ts';
import type { World } from './processes/world.ts';
import type { Broken } from './report/broken.ts';
import type { Tally } from './report/tally.ts';
import type { Confirmed } from './truth/confirmed.ts';
import type { Row } from './truth/rows.ts';
import type { Pulse } from './usage/pulse.ts';
import type { Values } from './truth/values.ts';

/** What all loads and faults work with. */
export interface Soak {
  world: World;
  caller: Caller;
  phases: Phases;
  tally: Tally;
  broken: Broken;
  confirmed: Confirmed;
  pulse: Pulse;
  rows: readonly Row[];
  scratch: Values;
  settings: Values;
  signal: AbortSignal;
}

/** One that answers; those that are being stopped are asked as well. */
export function anInstance({ world }: Soak): Instance | undefined {
  const asked = world.instances.filter(({ state }) => state === 'up' || state === 'ending');
  return asked[Math.floor(Math.random() * asked.length)];
}
