import type { Ending } from '../ports/engine.ts';
import type { EndMark, RunRecord } from './claim.ts';
import type { Stage } from './ending.ts';
import type { ProcessIdentity } from './identity.ts';
import type { Seen } from './protocol.ts';

/** An attempt as the spawner has it in memory. */
export type Attempt = Taken | Running | Ended;

/** Its directory is made, its process not yet. */
export interface Taken {
  state: 'taken';
  name: string;
  /** A cancel that came meanwhile. */
  cancelled: boolean;
}

export interface Running {
  state: 'running';
  name: string;
  record: RunRecord;
  /** Of its process group. Undefined: its wrapper has not said yet who it is. */
  leader: number | undefined;
  /** Set where it is no child of this spawner: it is asked about again and again. */
  adopted: { identity: ProcessIdentity | undefined } | undefined;
  /** In ms since the epoch. */
  startedAt: number;
  /** In ms of the monotonic clock: setting the clock ends no job. */
  since: number;
  mark: (EndMark & { since: number }) | undefined;
  /** What it was sent last. */
  stage: Stage | undefined;
}

export interface Ended {
  state: 'ended';
  name: string;
  ending: Ending;
  /** It was cancelled before it was submitted; a submit that comes late is refused. */
  refused: boolean;
  startedAt: number | undefined;
  endedAt: number;
}

export function seenOf(attempt: Attempt): Seen {
  if (attempt.state === 'taken') return { state: 'submitted', reason: 'it is being started' };
  if (attempt.state === 'running') return { state: 'running', startedAt: attempt.startedAt };
  const { ending, startedAt, endedAt } = attempt;
  return { state: 'ended', ending, endedAt, ...(startedAt === undefined ? {} : { startedAt }) };
}

export function neverStarted(name: string, reason: string, refused: boolean): Ended {
  const ending: Ending = { by: 'never-started', reason };
  return { state: 'ended', name, ending, refused, startedAt: undefined, endedAt: Date.now() };
}
