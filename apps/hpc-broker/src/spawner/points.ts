/**
 * Where a spawner can be killed and something else is true of the attempt than just before. What the next
 * one finds then, and what it says:
 *
 * - `asked`: nothing is there. The name is unknown, and submitting it again runs it.
 * - `taken`: a directory without a claim. The next spawner seals it: `never-started`.
 * - `prepared`: the same; that it was about to be started makes no difference before there is a process.
 * - `started`: the wrapper may have claimed it or not. Either the seal comes first, and the wrapper ends
 *   without running anything: `never-started`; or the claim does, and the attempt is watched to its end.
 * - `answered`: it is watched to its end. The broker, who has no answer, looks or submits again, which is
 *   answered from the directory.
 * - `ended`: its exit code is in its claim, and is told by the next one.
 * - `marked`: the mark says why it is to end, and since when; the next one sends the signals.
 * - `signalled`: the same, and it may have ended: it is told as what it was marked.
 * - `forgetting`: it is still there, or gone whole, as it is renamed before it is removed.
 *
 * Killing the broker changes nothing of this: the spawner goes on, and answers the next broker, or falls
 * (fence.ts). A spawner that is killed is started again by the shell around it, or by its broker. A wrapper
 * that is killed is told as 128 + the signal by the spawner whose child it is, after all that it had started
 * was killed too; by a later spawner as `lost`. After a restart of the machine all that had not left an exit
 * code is `lost`. Nothing of this ever starts a name again: its directory is there, until `forget`.
 */
export const POINTS = [
  'asked',
  'taken',
  'prepared',
  'started',
  'answered',
  'ended',
  'marked',
  'signalled',
  'forgetting',
] as const;

export type Point = (typeof POINTS)[number];

/** Called whenever one is reached; a test ends the process there. */
export type Reached = (point: Point, name: string) => void;
