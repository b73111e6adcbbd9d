import { lettingGo } from './letting-go.ts';
import { moving } from './moving.ts';
import { tidying } from './tidying.ts';
import { currentOf, type World } from './world.ts';

/** The next thing to do. Each may be done twice, and be cut off at any place: the next look sees what came of it. */
export type Step =
  /** Tells the group that a leaving instance has been waited for. */
  | { do: 'complete'; instanceId: string; why: string }
  /** `mark`: what is written down first, of an instance that is no member: since when it is asked, or not asked any more. */
  | { do: 'detach'; volumeId: string; mark?: 'asked' | 'forced'; why: string }
  | { do: 'attach'; volumeId: string; instanceId: string; why: string }
  /** `after`: the last holder, if nobody has the volume. */
  | { do: 'snapshot'; volumeId: string; generation: number; after?: string; why: string }
  | { do: 'create'; zone: string; generation: number; snapshotId?: string; why: string }
  /** Has the group replace an instance. */
  | { do: 'replace'; instanceId: string; why: string }
  | { do: 'delete-snapshot'; snapshotId: string; why: string }
  | { do: 'delete-volume'; volumeId: string; why: string }
  /** Something takes its time; `for` is an instance whose launch must not time out meanwhile. */
  | { do: 'wait'; for?: string; why: string }
  | { do: 'nothing'; why: string };

/** In ms, but for the number of snapshots. */
export interface Policy {
  snapshotEveryMs: number;
  keepSnapshots: number;
  /** A volume that has been succeeded is kept for so long. */
  keepOldVolumesMs: number;
  /** An instance outside the group is asked for the volume for so long, and then it is tried for so long to take it. */
  askMs: number;
  forceMs: number;
}

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
