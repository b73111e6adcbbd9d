import { createHash } from 'node:crypto';

/** What the function sees of EC2 and of the group, each time that it looks. */
export interface World {
  now: Date;
  /** Of the group, those that are there, the oldest first. */
  members: readonly Member[];
  /** Instances that have one of the volumes and are no members any more; absent: EC2 does not know them. */
  strangers: ReadonlyMap<string, Stranger>;
  volumes: readonly Volume[];
  snapshots: readonly Snapshot[];
}

export interface Member {
  id: string;
  zone: string;
  /** Pending:Wait, InService, Terminating:Wait, … */
  lifecycle: string;
  /** It has said that it has stopped what writes, and unmounted. */
  hasLetGo: boolean;
}

export interface Stranger {
  /** running, shutting-down, … */
  state: string;
  /** Its status checks pass. */
  isWell: boolean;
}

export interface Volume {
  id: string;
  zone: string;
  /** creating, available, in-use, error, … */
  state: string;
  /** The highest is the one that counts: a volume that has been succeeded is never used again. */
  generation: number;
  createdAt: Date;
  attachment?: { instanceId: string; state: string };
  /** The one before it, and the stamp of that one's holders when this one was asked for. */
  follows?: { volumeId: string; stamp: string };
  /** Everybody to whom it was ever to be given, in any order: nobody is ever taken out of it. */
  holders: readonly string[];
  /** Since when an instance that left without a word has been waited for, and since when it is not any more. */
  waitedSince?: Date;
  takenSince?: Date;
}

export interface Snapshot {
  id: string;
  volumeId: string;
  generation: number;
  /** pending, completed, error */
  state: string;
  startedAt: Date;
  /** Of one that was taken while nobody had the volume: after which holders (stampOf). */
  after?: string;
}

/**
 * For a set of holders. A snapshot of a volume that nobody had has all that was written if no holder has come since: a
 * function that acts late can only add one, so that a snapshot counts for too little at worst, and never for too much.
 */
export const stampOf = ({ holders }: Pick<Volume, 'holders'>): string =>
  createHash('sha256').update(holders.toSorted().join(' ')).digest('hex').slice(0, 16);

/**
 * It was asked for by somebody who acted late: the one before it has been given to somebody meanwhile. Nobody has had it,
 * and nobody will.
 */
export const isVoid = ({ follows, holders }: Volume, { volumes }: World): boolean => {
  const before = volumes.find(({ id }) => id === follows?.volumeId);
  return holders.length === 0 && before !== undefined && stampOf(before) !== follows?.stamp;
};

/**
 * The one that counts: the newest, if it can be used. What has been succeeded is not, whatever becomes of its successor:
 * by another volume, or by one of which there is a snapshot.
 */
export function currentOf(world: World): Volume | undefined {
  const least = Math.max(0, ...world.snapshots.map(({ generation }) => generation));
  const [newest] = world.volumes
    .filter((one) => one.generation >= least && !isVoid(one, world))
    // That could not even be made.
    .filter(({ state, holders }) => state !== 'error' || holders.length > 0)
    .toSorted((a, b) => b.generation - a.generation);
  return newest?.state === 'error' ? undefined : newest;
}

/** That has never been used, not even by a volume that could not be made. */
export const nextGeneration = ({ volumes, snapshots }: World): number =>
  Math.max(0, ...volumes.map((one) => one.generation), ...snapshots.map((one) => one.generation)) + 1;

/** The newest that a volume can be made of. */
export const newestCompleted = ({ snapshots }: World): Snapshot | undefined =>
  snapshots
    .filter(({ state }) => state === 'completed')
    .toSorted((a, b) => b.generation - a.generation || b.startedAt.getTime() - a.startedAt.getTime())[0];
