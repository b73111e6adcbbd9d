import type { Step } from './decide.ts';
import type { Volume, World } from './world.ts';

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
    if (attachment.state === 'detaching' || attachment.state === 'busy')
      return { do: 'wait', why: `${id} has not let go of ${current.id} yet` };
    return { do: 'detach', volumeId: current.id, why: `${id} leaves` };
  }
  if (attachment === undefined && current.holder === id && quietSnapshots(world, current).length === 0)
    return snapshotOf(current, `${id} has let go of it`);
  return { do: 'complete', instanceId: id, why: 'it does not have the volume' };
}

/** Of what nobody has written to since, but for those that failed. */
export const quietSnapshots = ({ snapshots }: World, { id, holder }: Volume) =>
  snapshots.filter((one) => one.volumeId === id && one.after === (holder ?? NOBODY) && one.state !== 'error');

export const NOBODY = 'nobody';

/** Of a volume that nobody has. */
export const snapshotOf = ({ id, generation, holder }: Volume, why: string): Step => ({
  do: 'snapshot',
  volumeId: id,
  generation,
  after: holder ?? NOBODY,
  why,
});
