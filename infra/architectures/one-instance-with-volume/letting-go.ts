import type { Step } from './step.ts';
import { stampOf, type Volume, type World } from './world.ts';

/**
 * What an instance that is being taken away is waited for: it stops what writes and unmounts by itself, then the volume is
 * detached, and a snapshot of it started. A snapshot has what was there when it was started, so nothing waits for its end.
 */
export function lettingGo(world: World, current: Volume | undefined): Step | undefined {
  const [leaving] = world.members.filter(({ lifecycle }) => lifecycle === 'Terminating:Wait');
  if (leaving === undefined) return undefined;
  const { id } = leaving;
  if (current === undefined) return { do: 'complete', instanceId: id, why: 'there is no volume' };
  const { attachment } = current;
  if (attachment?.instanceId === id) {
    // EC2 would also take from it what is mounted. Until it says so, or the hook is over and it ends, it is not hurried.
    return leaving.hasLetGo && attachment.state === 'attached'
      ? { do: 'detach', volumeId: current.id, why: `${id} has let go of it` }
      : { do: 'wait', why: `${current.id} is ${attachment.state} to ${id}, which leaves` };
  }
  if (attachment === undefined && current.holders.includes(id) && quietSnapshots(world, current).length === 0)
    return snapshotOf(current, `${id} does not have it any more`);
  return { do: 'complete', instanceId: id, why: 'it does not have the volume' };
}

/** Of what nobody has written to since, but for those that failed. */
export const quietSnapshots = ({ snapshots }: World, volume: Volume) =>
  snapshots.filter(
    (one) => one.volumeId === volume.id && one.after === stampOf(volume) && one.state !== 'error',
  );

/** Of a volume that nobody has. */
export const snapshotOf = (volume: Volume, why: string): Step => ({
  do: 'snapshot',
  volumeId: volume.id,
  generation: volume.generation,
  after: stampOf(volume),
  why,
});
