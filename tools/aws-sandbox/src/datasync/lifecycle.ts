import type { Times } from './settings.ts';

/** https://docs.aws.amazon.com/datasync/latest/userguide/understand-task-statuses.html */
export type Status =
  | 'QUEUED'
  | 'LAUNCHING'
  | 'PREPARING'
  | 'TRANSFERRING'
  | 'VERIFYING'
  | 'CANCELLING'
  | 'SUCCESS'
  | 'ERROR';

type Stage = 'LAUNCHING' | 'PREPARING' | 'TRANSFERRING' | 'VERIFYING';

/** What comes of an execution; without an error it succeeds. */
export interface Outcome {
  files: number;
  bytes: number;
  error?: { code: string; detail: string; during: Stage } | undefined;
}

/** All times in ms since the epoch. */
export interface Life {
  started: number;
  /** Undefined while it is queued. */
  launched?: number | undefined;
  /** Of when it was launched: what is set later is for others. */
  times: Times;
  outcome: Outcome;
  cancelled?: number | undefined;
}

const STAGES: readonly [Stage, keyof Times][] = [
  ['LAUNCHING', 'launchMs'],
  ['PREPARING', 'prepareMs'],
  ['TRANSFERRING', 'transferMs'],
  ['VERIFYING', 'verifyMs'],
];

/** When it ends if nobody cancels it; Infinity while it is queued. */
function naturalEnd({ launched = Infinity, times, outcome }: Life): number {
  let at = launched;
  for (const [stage, name] of STAGES) {
    at += times[name];
    if (outcome.error?.during === stage) return at;
  }
  return at;
}

const wasCancelled = (life: Life): boolean => (life.cancelled ?? Infinity) < naturalEnd(life);

export const endOf = (life: Life): number =>
  wasCancelled(life) ? (life.cancelled ?? 0) + life.times.cancelMs : naturalEnd(life);

export const isOver = (life: Life, now: number): boolean => endOf(life) <= now;

/** Its status follows from the time alone, so that nothing has to run for it. */
export function statusAt(life: Life, now: number): Status {
  if (isOver(life, now)) return wasCancelled(life) || life.outcome.error !== undefined ? 'ERROR' : 'SUCCESS';
  if (life.cancelled !== undefined) return 'CANCELLING';
  return stageAt(life, now) ?? 'QUEUED';
}

function stageAt({ launched, times }: Life, now: number): Stage | undefined {
  if (launched === undefined) return undefined;
  let at = launched;
  for (const [stage, name] of STAGES) {
    at += times[name];
    if (now < at) return stage;
  }
  return 'VERIFYING';
}

/** Of what it transfers, 0 to 1. */
export function doneAt(life: Life, now: number): number {
  const { launched, times } = life;
  if (launched === undefined) return 0;
  const until = Math.min(now, life.cancelled ?? Infinity, endOf(life));
  const began = launched + times.launchMs + times.prepareMs;
  if (until < began) return 0;
  const done = times.transferMs === 0 ? 1 : Math.min(1, (until - began) / times.transferMs);
  // What failed to be transferred was not.
  return life.outcome.error?.during === 'TRANSFERRING' ? Math.min(done, 0.5) : done;
}

/** Whether it is known how much there is to transfer. */
export const isPrepared = (life: Life, now: number): boolean =>
  life.launched !== undefined &&
  Math.min(now, life.cancelled ?? Infinity, endOf(life)) >=
    life.launched + life.times.launchMs + life.times.prepareMs;

/**
 * Executions of one task, in the order in which they were started: one at a time, the others are queued.
 * Returns those that are launched by now and were not before.
 */
export function launch<L extends Life>(inOrder: readonly L[], now: number, times: Times): L[] {
  let free = -Infinity;
  const launched: L[] = [];
  for (const life of inOrder) {
    if (life.launched === undefined) {
      if (life.cancelled !== undefined || free > now) continue;
      life.launched = Math.max(life.started, free);
      life.times = times;
      launched.push(life);
    }
    free = Math.max(free, endOf(life));
  }
  return launched;
}
