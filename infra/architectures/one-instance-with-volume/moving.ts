import type { Policy, Step } from './decide.ts';
import { NOBODY, quietSnapshots, snapshotOf } from './letting-go.ts';
import { newestCompleted, nextGeneration, type Member, type Volume, type World } from './world.ts';

/** So often a snapshot of a volume may fail before an older one is taken instead. */
const SNAPSHOT_TRIES = 2;

/** What brings the volume to the instance that waits for it. That one says itself when it has it. */
export function moving(world: World, current: Volume | undefined, policy: Policy): Step | undefined {
  const [arriving] = world.members.filter(({ lifecycle }) => lifecycle === 'Pending:Wait');
  if (arriving === undefined) return withoutVolume(world, current);
  if (current === undefined) return fromSnapshot(world, arriving, 'there is no volume');
  const { attachment, state } = current;
  if (attachment !== undefined) return taken(world, current, attachment, arriving, policy);
  if (state === 'creating') return wait(arriving, `${current.id} is being made`);
  if (state !== 'available') return wait(arriving, `${current.id} is ${state}`);
  if (current.zone === arriving.zone)
    return { do: 'attach', volumeId: current.id, instanceId: arriving.id, why: 'it waits for it' };
  return toAnotherZone(world, current, arriving);
}

const wait = ({ id }: Member, why: string): Step => ({ do: 'wait', for: id, why });

/** It was in service with it: somebody has taken it away by hand, say. */
function withoutVolume({ members }: World, current: Volume | undefined): Step | undefined {
  const serving = members.find(({ lifecycle }) => lifecycle === 'InService');
  if (serving === undefined || current === undefined || current.attachment?.instanceId === serving.id)
    return undefined;
  return { do: 'replace', instanceId: serving.id, why: `it is in service without ${current.id}` };
}

/** The volume is with somebody. */
function taken(
  world: World,
  current: Volume,
  { instanceId, state }: NonNullable<Volume['attachment']>,
  arriving: Member,
  { askMs, forceMs }: Policy,
): Step {
  // Nothing keeps its launch from timing out: an instance that cannot mount it is not what we wait for.
  if (instanceId === arriving.id)
    return { do: 'wait', why: `${current.id} is ${state} to ${instanceId}, which has to mount it` };
  const other = world.members.find(({ id }) => id === instanceId);
  if (other !== undefined) {
    const why = `${instanceId}, which is ${other.lifecycle}, has ${current.id}`;
    return other.lifecycle === 'InService' ? { do: 'wait', why } : wait(arriving, why);
  }
  // It is no member, and has it still: it is being ended, or its zone does not answer, or somebody has taken it out of
  // the group. While it ends it may still write, so it is not hurried; of a zone that is lost nothing comes back.
  const { askedSince, forcedSince } = current;
  const isOver = (since: Date, ms: number): boolean => world.now.getTime() - since.getTime() >= ms;
  const why = `${instanceId}, which has left the group and is ${world.strangers.get(instanceId) ?? 'gone'}, has it`;
  if (askedSince === undefined) return { do: 'detach', volumeId: current.id, mark: 'asked', why };
  if (!isOver(askedSince, askMs)) return wait(arriving, `${instanceId} is asked for ${current.id}`);
  if (forcedSince === undefined) return { do: 'detach', volumeId: current.id, mark: 'forced', why };
  if (!isOver(forcedSince, forceMs)) return wait(arriving, `${current.id} is taken from ${instanceId}`);
  return fromSnapshot(world, arriving, `${current.id} cannot be taken from ${instanceId}`);
}

/** Volumes do not leave their zone: a copy of what nobody writes to. */
function toAnotherZone(world: World, current: Volume, arriving: Member): Step {
  const [quiet] = quietSnapshots(world, current);
  if (quiet === undefined) {
    const failed = world.snapshots.filter(
      (one) =>
        one.volumeId === current.id && one.after === (current.holder ?? NOBODY) && one.state === 'error',
    );
    return failed.length < SNAPSHOT_TRIES
      ? snapshotOf(current, `${arriving.id} is in ${arriving.zone}, the volume in ${current.zone}`)
      : fromSnapshot(world, arriving, `${failed.length} snapshots of ${current.id} failed`);
  }
  if (quiet.state !== 'completed') return wait(arriving, `${quiet.id} is ${quiet.state}`);
  return create(world, arriving, quiet.id, `it has all of ${current.id}`);
}

/** What has been written since is lost. The first time there is nothing. */
function fromSnapshot(world: World, arriving: Member, why: string): Step {
  const newest = newestCompleted(world);
  if (newest === undefined && world.volumes.length > 0)
    return wait(arriving, `${why}, and there is no snapshot of it: nothing is made up`);
  const from = newest && `: from ${newest.id}, of ${newest.startedAt.toISOString()}`;
  return create(world, arriving, newest?.id, `${why}${from ?? ': a new one'}`);
}

const create = (world: World, { zone }: Member, snapshotId: string | undefined, why: string): Step => ({
  do: 'create',
  zone,
  generation: nextGeneration(world),
  ...(snapshotId !== undefined && { snapshotId }),
  why,
});
