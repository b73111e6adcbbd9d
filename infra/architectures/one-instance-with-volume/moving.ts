import type { Policy, Step } from './step.ts';
import { quietSnapshots, snapshotOf } from './letting-go.ts';
import {
  currentOf,
  newestCompleted,
  nextGeneration,
  stampOf,
  type Member,
  type Volume,
  type World,
} from './world.ts';

/** Each holder is a tag, of which a volume has 50 at most (EC2 User Guide, "Tag restrictions"). */
const MOST_HOLDERS = 40;
/** So often a snapshot of a volume may fail before an older one is taken instead. */
const SNAPSHOT_TRIES = 2;

/** A snapshot that is newer is waited for so long: of what a zone had begun before it was lost, nothing comes. */
const PENDING_MS = 60 * 60_000;

/** What brings the volume to the instance that waits for it. That one says itself when it has it. */
export function moving(world: World, current: Volume | undefined, policy: Policy): Step | undefined {
  const [arriving] = world.members.filter(({ lifecycle }) => lifecycle === 'Pending:Wait');
  if (arriving === undefined) return withoutVolume(world, current);
  if (current === undefined) return fromSnapshot(world, arriving, 'there is no volume');
  const { attachment, state } = current;
  if (attachment !== undefined) return taken(world, current, attachment, arriving, policy);
  if (state === 'creating') return wait(arriving, `${current.id} is being made`);
  if (state !== 'available') return wait(arriving, `${current.id} is ${state}`);
  if (current.zone === arriving.zone && current.holders.length < MOST_HOLDERS)
    return { do: 'attach', volumeId: current.id, instanceId: arriving.id, why: 'it waits for it' };
  return toAnotherVolume(world, current, arriving);
}

const wait = ({ id }: Member, why: string): Step => ({ do: 'wait', for: id, why });

/** It was in service with it: somebody has taken it away or deleted it by hand, or it is broken. */
function withoutVolume({ members }: World, current: Volume | undefined): Step | undefined {
  const serving = members.find(({ lifecycle }) => lifecycle === 'InService');
  if (serving === undefined || current?.attachment?.instanceId === serving.id) return undefined;
  return {
    do: 'replace',
    instanceId: serving.id,
    why: `it is in service without ${current?.id ?? 'a volume'}`,
  };
}

/** The volume is with somebody. */
function taken(
  world: World,
  current: Volume,
  { instanceId, state }: NonNullable<Volume['attachment']>,
  arriving: Member,
  { waitMs, takeMs }: Policy,
): Step {
  // Nothing keeps its launch from timing out: an instance that cannot mount it is not what we wait for.
  if (instanceId === arriving.id)
    return { do: 'wait', why: `${current.id} is ${state} to ${instanceId}, which has to mount it` };
  const stays = world.members.find(
    ({ id, lifecycle }) => id === instanceId && !lifecycle.startsWith('Terminating'),
  );
  if (stays !== undefined)
    return { do: 'wait', why: `${instanceId}, which is ${stays.lifecycle}, has ${current.id}` };
  const stranger = world.strangers.get(instanceId);
  // Somebody has taken it out of the group: it goes on writing, and whoever did that has to end it, or take the volume.
  if (stranger?.state === 'running' && stranger.isWell)
    return {
      do: 'wait',
      why: `${instanceId}, which is none of the group any more and runs, has ${current.id}`,
    };
  // It is being ended, or its zone does not answer. While it ends it may still write, so it is not hurried; of a zone
  // that is lost nothing comes back.
  const { waitedSince, takenSince } = current;
  const isOver = (since: Date, ms: number): boolean => world.now.getTime() - since.getTime() >= ms;
  const why = `${instanceId}, which is ${stranger?.state ?? 'ending'}, has it`;
  if (waitedSince === undefined) return { do: 'mark-waiting', volumeId: current.id, why };
  if (!isOver(waitedSince, waitMs)) return wait(arriving, `${why}: it is waited for`);
  // Again and again, as its zone may come back.
  if (takenSince === undefined || !isOver(takenSince, takeMs))
    return { do: 'take', volumeId: current.id, isFirst: takenSince === undefined, for: arriving.id, why };
  return fromSnapshot(world, arriving, `${current.id} cannot be taken from ${instanceId}`);
}

/** Volumes do not leave their zone, nor hold more than so many tags: a copy of what nobody writes to. */
function toAnotherVolume(world: World, current: Volume, arriving: Member): Step {
  const [quiet] = quietSnapshots(world, current);
  if (quiet === undefined) {
    const failed = world.snapshots.filter(
      (one) => one.volumeId === current.id && one.after === stampOf(current) && one.state === 'error',
    );
    if (failed.length < SNAPSHOT_TRIES)
      return snapshotOf(
        current,
        `${arriving.id} in ${arriving.zone} needs a copy of it, which is in ${current.zone}`,
      );
    if (newestCompleted(world) !== undefined)
      return fromSnapshot(world, arriving, `${failed.length} snapshots of ${current.id} failed`);
    // There is nothing older to begin with: it is tried again, until the zone is back.
    return { do: 'delete-snapshot', snapshotId: failed[0]!.id, why: 'it failed, and is tried again' };
  }
  if (quiet.state !== 'completed') return wait(arriving, `${quiet.id} is ${quiet.state}`);
  return create(world, arriving, quiet.id, `it has all of ${current.id}`);
}

/** What has been written since is lost. The very first time there is nothing. */
function fromSnapshot(world: World, arriving: Member, why: string): Step {
  const newest = newestCompleted(world);
  const began = (one: { startedAt: Date }): number => one.startedAt.getTime();
  const better = world.snapshots.find(
    (one) =>
      one.state === 'pending' &&
      (newest === undefined || began(one) > began(newest)) &&
      world.now.getTime() - began(one) < PENDING_MS,
  );
  if (better !== undefined) return wait(arriving, `${why}, and ${better.id} is pending`);
  const wasThere = world.snapshots.length > 0 || world.volumes.some(({ holders }) => holders.length > 0);
  if (newest === undefined && wasThere)
    return { do: 'call-for-help', why: `${why}, and there is no snapshot of it: nothing is made up` };
  const from = newest && `: from ${newest.id}, of ${newest.startedAt.toISOString()}`;
  return create(world, arriving, newest?.id, `${why}${from ?? ': a new one'}`);
}

function create(world: World, { zone }: Member, snapshotId: string | undefined, why: string): Step {
  const before = currentOf(world);
  return {
    do: 'create',
    zone,
    generation: nextGeneration(world),
    ...(snapshotId !== undefined && { snapshotId }),
    ...(before !== undefined && { follows: { volumeId: before.id, stamp: stampOf(before) } }),
    why,
  };
}
