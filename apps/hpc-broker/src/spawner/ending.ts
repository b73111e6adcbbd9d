import type { Ending } from '../ports/engine.ts';
import type { EndMark, RunRecord } from './claim.ts';

/** What an attempt that is to end is sent next. */
export type Stage = 'checkpoint' | 'term' | 'kill';

/**
 * Which stage an attempt is in, `elapsedMs` after it was marked: its checkpoint signal and grace, if it has
 * one, then SIGTERM, then SIGKILL. What lost its broker is killed at once: another one may be about to run
 * the next attempt.
 */
export function stageOf(
  why: EndMark['why'],
  checkpoint: RunRecord['checkpoint'],
  killAfterSeconds: number,
  elapsedMs: number,
): Stage {
  if (why === 'lost' || why === 'memory') return 'kill';
  const graceMs = (checkpoint?.graceSeconds ?? 0) * 1_000;
  if (elapsedMs < graceMs) return 'checkpoint';
  return elapsedMs < graceMs + killAfterSeconds * 1_000 ? 'term' : 'kill';
}

/** Why it was marked counts for more than how it then went: a job may end with 0 when it is told to. */
export function endingOf(mark: EndMark | undefined, code: number | undefined): Ending {
  if (mark?.why === 'lost') return { by: 'lost', reason: mark.reason ?? 'it was killed' };
  if (mark !== undefined) return { by: mark.why };
  if (code !== undefined) return { by: 'exit', code };
  return { by: 'lost', reason: 'its processes were gone, and none had left an exit code' };
}
