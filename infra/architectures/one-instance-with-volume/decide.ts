import { lettingGo } from './letting-go.ts';
import { moving } from './moving.ts';
import type { Policy, Step } from './step.ts';
import { tidying } from './tidying.ts';
import { currentOf, type World } from './world.ts';

/**
 * The volume follows the instance: who leaves lets go of it, who comes gets it, in another zone as a copy. Once it is
 * where it belongs, it is copied from time to time, for a zone that fails without a word.
 */
export function decide(world: World, policy: Policy): Step {
  const current = currentOf(world);
  return (
    lettingGo(world, current) ??
    moving(world, current, policy) ??
    tidying(world, current, policy) ?? { do: 'nothing', why: 'the volume is where it belongs' }
  );
}
