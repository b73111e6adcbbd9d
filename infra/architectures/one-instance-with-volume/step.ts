import type { Volume } from './world.ts';

/** The next thing to do. Each may be done twice, and be cut off at any place: the next look sees what came of it. */
export type Step =
  /** Tells the group that a leaving instance has been waited for. */
  | { do: 'complete'; instanceId: string; why: string }
  | { do: 'detach'; volumeId: string; why: string }
  /** Of an instance that is no member any more: from now on it is waited for, to end by itself. */
  | { do: 'mark-waiting'; volumeId: string; why: string }
  /** … and from now on it is not. */
  | { do: 'take'; volumeId: string; isFirst: boolean; for: string; why: string }
  | { do: 'attach'; volumeId: string; instanceId: string; why: string }
  /** `after`: of a volume that nobody has, after which holders. */
  | { do: 'snapshot'; volumeId: string; generation: number; after?: string; why: string }
  | {
      do: 'create';
      zone: string;
      generation: number;
      snapshotId?: string;
      follows?: Volume['follows'];
      why: string;
    }
  /** Somebody has to look: the function fails, and its alarm goes off. */
  | { do: 'call-for-help'; why: string }
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
  /** An instance that leaves without a word is waited for so long, and then it is tried for so long to take the volume. */
  waitMs: number;
  takeMs: number;
}
