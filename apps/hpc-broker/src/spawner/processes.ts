import { readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { statOf } from './identity.ts';

/** Whether anybody was there to get it. */
export function signalGroup(leader: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-leader, signal);
    return true;
  } catch {
    return false;
  }
}

/**
 * A checkpoint's signal goes only to those of the group that have a handler: to the others, such as a shell
 * around the program, it would be the end. Where there is no /proc it goes to the group. Not to processes
 * in groups of their own: mpirun passes the signal on to its ranks.
 */
export function signalHandlers(leader: number, signal: NodeJS.Signals): void {
  const pids = allPids();
  if (pids === undefined) {
    signalGroup(leader, signal);
    return;
  }
  for (const pid of pids) {
    if (pid === leader || statOf(pid)?.[2] !== String(leader) || !handles(pid, signal)) continue;
    kill(pid, signal);
  }
}

/**
 * Those with this text in their environment as it was at their start: an attempt's scratch directory is
 * inherited by all that it starts, also by what has left its session. Only who empties the environment
 * escapes, and a cgroup holds even those.
 */
export function killMarked(text: string): void {
  for (const pid of allPids() ?? []) {
    if (pid !== process.pid && read(`/proc/${pid}/environ`).split('\0').includes(text)) kill(pid, 'SIGKILL');
  }
}

/** By SigCgt, a mask with bit n−1 for signal n (proc(5)). */
function handles(pid: number, signal: NodeJS.Signals): boolean {
  const mask = /^SigCgt:\s*([0-9a-f]+)$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? '0';
  return ((BigInt(`0x${mask}`) >> BigInt(constants.signals[signal] - 1)) & 1n) === 1n;
}

function allPids(): number[] | undefined {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch {
    return undefined;
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
