import type { Phase } from '../phases.ts';
import type { Soak } from '../soak.ts';

/** Something goes wrong, and is put right again before it resolves. `pause` waits, unless the soak is stopped. */
export interface Fault extends Phase {
  run(soak: Soak, pause: (ms: number) => Promise<void>): Promise<void>;
}
