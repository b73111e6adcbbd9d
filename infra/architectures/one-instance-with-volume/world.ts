/** What the function sees of EC2 and of the group, each time that it looks. */
export interface World {
  now: Date;
  /** Of the group, those that are there, the oldest first. */
  members: readonly Member[];
  /** States of instances that have one of the volumes and are no members any more; absent: EC2 does not know them. */
  strangers: ReadonlyMap<string, string>;
  volumes: readonly Volume[];
  snapshots: readonly Snapshot[];
}

export interface Member {
  id: string;
  zone: string;
  /** Pending:Wait, InService, Terminating:Wait, … */
  lifecycle: string;
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
  /** The last one that it was given to. */
  holder?: string;
  /** Since when an instance outside the group has been asked for it, and since when without asking any more. */
  askedSince?: Date;
  forcedSince?: Date;
}

export interface Snapshot {
  id: string;
  volumeId: string;
  generation: number;
  /** pending, completed, error */
  state: string;
  startedAt: Date;
  /** Taken while nobody had the volume, after this holder: it has all that was ever written. */
  after?: string;
}

/** The one that counts. */
export const currentOf = ({ volumes }: World): Volume | undefined =>
  volumes.filter(({ state }) => state !== 'error').toSorted((a, b) => b.generation - a.generation)[0];

/** That has never been used, not even by a volume that could not be made. */
export const nextGeneration = ({ volumes, snapshots }: World): number =>
  Math.max(0, ...volumes.map((one) => one.generation), ...snapshots.map((one) => one.generation)) + 1;

/** The newest that a volume can be made of. */
export const newestCompleted = ({ snapshots }: World): Snapshot | undefined =>
  snapshots
    .filter(({ state }) => state === 'completed')
    .toSorted((a, b) => b.generation - a.generation || b.startedAt.getTime() - a.startedAt.getTime())[0];
