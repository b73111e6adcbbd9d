import type { Policy, Step } from './step.ts';
import { newestCompleted, type Volume, type World } from './world.ts';

/** So many times the time between two snapshots is too long. */
const LATE = 3;

/** What is done while all is well. */
export function tidying(world: World, current: Volume | undefined, policy: Policy): Step | undefined {
  const serves = world.members.some(
    ({ id, lifecycle }) => lifecycle === 'InService' && id === current?.attachment?.instanceId,
  );
  if (!serves || current === undefined) return undefined;
  return (
    noSnapshotForLong(world, current, policy) ??
    (current.attachment?.state === 'attached' ? fromTimeToTime(world, current, policy) : undefined) ??
    tooManySnapshots(world, policy) ??
    tooOldVolumes(world, current, policy)
  );
}

/** Something keeps them from being made: that is to be known before a zone is lost. */
function noSnapshotForLong(
  world: World,
  { id, createdAt, attachment }: Volume,
  { snapshotEveryMs }: Policy,
): Step | undefined {
  const own = world.snapshots.filter(({ volumeId, state }) => volumeId === id && state === 'completed');
  const last = Math.max(createdAt.getTime(), ...own.map(({ startedAt }) => startedAt.getTime()));
  const age = ({ startedAt }: { startedAt: Date }): number => world.now.getTime() - startedAt.getTime();
  // One that has just been begun may still come.
  const isTried = world.snapshots.some(
    (one) =>
      one.volumeId === id &&
      one.startedAt.getTime() > last &&
      (one.state === 'error' || age(one) >= snapshotEveryMs),
  );
  if (world.now.getTime() - last < LATE * snapshotEveryMs) return undefined;
  if (!isTried && attachment?.state === 'attached') return undefined;
  return { do: 'call-for-help', why: `the last snapshot of ${id} is of ${new Date(last).toISOString()}` };
}

/** All that is left if a zone fails without a word. */
function fromTimeToTime(
  { now, snapshots }: World,
  { id, generation }: Volume,
  { snapshotEveryMs }: Policy,
): Step | undefined {
  const own = snapshots.filter(({ volumeId, state }) => volumeId === id && state !== 'error');
  if (own.some(({ state }) => state === 'pending')) return undefined;
  const last = Math.max(0, ...own.map(({ startedAt }) => startedAt.getTime()));
  if (now.getTime() - last < snapshotEveryMs) return undefined;
  return { do: 'snapshot', volumeId: id, generation, why: 'it is time' };
}

/** Failed ones go too, as soon as there is a later one. */
function tooManySnapshots(world: World, { keepSnapshots }: Policy): Step | undefined {
  const newest = newestCompleted(world);
  if (newest === undefined) return undefined;
  const sorted = world.snapshots.toSorted((a, b) => b.startedAt.getTime() - a.startedAt.getTime());
  const failed = sorted.find(({ state, startedAt }) => state === 'error' && startedAt < newest.startedAt);
  const superfluous = sorted
    .filter(({ state, id }) => state === 'completed' && id !== newest.id)
    .slice(keepSnapshots - 1)
    .at(-1);
  const goes = failed ?? superfluous;
  return goes && { do: 'delete-snapshot', snapshotId: goes.id, why: `${newest.id} is newer` };
}

/**
 * Only of generations that have been succeeded: EC2 remembers the token of a volume that is gone, and would answer a
 * second one of its generation with it.
 */
function tooOldVolumes(
  { now, volumes }: World,
  current: Volume,
  { keepOldVolumesMs }: Policy,
): Step | undefined {
  if (now.getTime() - current.createdAt.getTime() < keepOldVolumesMs) return undefined;
  const old = volumes.find(
    ({ generation, state }) =>
      generation < current.generation && (state === 'available' || state === 'error'),
  );
  return old && { do: 'delete-volume', volumeId: old.id, why: `${current.id} has succeeded it long ago` };
}
