import type { Ending } from '../ports/engine.ts';
import type { AttemptFiles } from './attempt-files.ts';
import type { RunRecord } from './claim.ts';
import type { Attempt, Ended, Running } from './attempt.ts';
import { endingOf } from './ending.ts';
import { isAlive } from './identity.ts';

/** Of a wrapper that has not said yet who it is. */
const NO_RECORD: RunRecord = { cores: 0, memoryMiB: 0, gpus: [], walltimeSeconds: Infinity, cgroups: [] };
/** Between creating its claim and writing it a wrapper does nothing else, in ms. */
const CLAIMING_MS = 5_000;

export const CANCELLED_BEFORE = 'it was cancelled before it was started';

/**
 * What has become of an attempt that another spawner took, from its directory (see attempt-files.ts).
 * An attempt without a claim is sealed here: from then on it is certain that it does not run.
 */
export function recover(files: AttemptFiles, name: string, boot: string): Attempt {
  const claim = files.claim(name);
  if (claim === undefined) {
    const reason = 'the spawner ended before it had started it';
    files.seal(name, false, reason);
    // Sealed, or claimed by its wrapper meanwhile: now there is a claim.
    return recover(files, name, boot);
  }
  const { startedAt } = files.claimTimes(name);
  if (claim.by === 'seal') {
    const ending: Ending = { by: 'never-started', reason: claim.reason };
    return {
      state: 'ended',
      name,
      ending,
      refused: claim.cancelled,
      startedAt: undefined,
      endedAt: startedAt,
    };
  }
  const now = performance.now();
  const mark = files.readMark(name);
  const running: Running = {
    state: 'running',
    name,
    record: NO_RECORD,
    leader: undefined,
    adopted: { identity: undefined },
    startedAt,
    since: now - Math.max(0, Date.now() - startedAt),
    mark: mark && { ...mark, since: now - Math.max(0, Date.now() - mark.at) },
    stage: undefined,
  };
  return ask(files, running, boot) ?? running;
}

/** Its end, when it has ended; else undefined. */
export function ask(files: AttemptFiles, running: Running, boot: string): Ended | undefined {
  const { name, adopted, startedAt, mark } = running;
  const ended = (ending: Ending, endedAt: number): Ended => ({
    state: 'ended',
    name,
    ending,
    refused: false,
    startedAt,
    endedAt,
  });
  // Asked in this order: it may write its exit code and be gone between two questions.
  const alive = adopted?.identity !== undefined && isAlive(adopted.identity, boot);
  if (alive) return undefined;
  const claim = files.claim(name);
  if (claim?.by !== 'wrapper') {
    if (Date.now() - startedAt < CLAIMING_MS) return undefined;
    const unsaid: Ending = { by: 'lost', reason: 'its wrapper was ended before it had said who it was' };
    return ended(mark === undefined ? unsaid : endingOf(mark, undefined), Date.now());
  }
  if (claim.exit !== undefined) return ended(endingOf(mark, claim.exit), files.claimTimes(name).changedAt);
  if (adopted?.identity === undefined) {
    running.adopted = { identity: claim.leader };
    running.leader = claim.leader.pid;
    running.record = claim.record;
    return ask(files, running, boot);
  }
  if (claim.leader.boot !== boot && mark === undefined) {
    return ended({ by: 'lost', reason: 'the machine was restarted' }, Date.now());
  }
  return ended(endingOf(mark, undefined), Date.now());
}
