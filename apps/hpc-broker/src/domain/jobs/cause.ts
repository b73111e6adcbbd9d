import type { Cause, ExitRule } from '@groundwork/contracts';
import type { Ending } from '../../ports/engine.ts';

/** Whose fault an end was, and a sentence for people. */
export interface Verdict {
  cause: Cause;
  exitCode: number | undefined;
  reason: string;
}

const SIGNAL_BASE = 128;
/** What a shell says of what it was to start (POSIX.1-2024, 2.8.2), and so does ours. */
const OF_THE_SHELL: Readonly<Record<number, string>> = {
  126: 'the program was found, and could not be run',
  127: 'the program was not found',
};

/** Exit codes are judged by the first rule that names them, else as the shell does: 0 is success. */
export function verdictOf(ending: Ending, rules: readonly ExitRule[]): Verdict {
  switch (ending.by) {
    case 'exit':
      return ofExit(ending.code, rules);
    case 'walltime':
      return verdict('user', 'it took longer than its walltimeSeconds');
    case 'memory':
      return verdict('user', 'it took more memory than it had asked for');
    case 'cancel':
      return verdict('cancelled', ending.reason ?? 'it was cancelled');
    case 'preemption':
      return verdict('preemption', ending.reason);
    case 'lost':
      return verdict('lost', ending.reason);
    case 'never-started':
      return verdict('infrastructure', ending.reason);
    case 'withdrawn':
      return verdict('withdrawn', ending.reason);
    case 'refused':
      return verdict('fatal', ending.reason);
    case 'outputs':
      return verdict(ending.means, ending.reason);
  }
}

function ofExit(code: number, rules: readonly ExitRule[]): Verdict {
  const rule = rules.find(({ codes }) => codes.some((range) => isIn(code, range)));
  const cause = rule?.means ?? (code === 0 ? 'success' : 'user');
  const said = code > SIGNAL_BASE ? `${code}, as after signal ${code - SIGNAL_BASE}` : String(code);
  const because = rule === undefined ? hintOf(code) : `, which exitCodes says means ${rule.means}`;
  return { cause, exitCode: code, reason: `it exited with ${said}${because}` };
}

function hintOf(code: number): string {
  const hint = OF_THE_SHELL[code];
  return hint === undefined ? '' : `, mostly because ${hint}: see logs?stream=stderr`;
}

function isIn(code: number, range: number | string): boolean {
  if (typeof range === 'number') return code === range;
  const [first = 0, last = 0] = range.split('-').map(Number);
  return first <= code && code <= last;
}

const verdict = (cause: Cause, reason: string): Verdict => ({ cause, exitCode: undefined, reason });
