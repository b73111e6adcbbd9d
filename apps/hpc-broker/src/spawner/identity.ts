import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * One process and no other: its number is used again after it is gone, but not with the same start time
 * in the same boot. `start` is field 22 of /proc/PID/stat, in clock ticks since the boot (proc(5)); where
 * there is no /proc, what `ps` says, which is exact to the second only.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly start: string;
  readonly boot: string;
}

const IS_LINUX = process.platform === 'linux';

export function bootId(): string {
  if (IS_LINUX) return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  return execFileSync('sysctl', ['-n', 'kern.bootsessionuuid'], { encoding: 'latin1' }).trim();
}

export function identityOf(pid: number, boot: string): ProcessIdentity | undefined {
  const start = startOf(pid);
  return start === undefined ? undefined : { pid, start, boot };
}

/** Whether it is this process that has the number now, and not a stranger. One that waits to be reaped is dead. */
export function isAlive({ pid, start, boot }: ProcessIdentity, now: string): boolean {
  return boot === now && startOf(pid) === start;
}

/** Undefined when there is no such process. */
function startOf(pid: number): string | undefined {
  const fields = statOf(pid);
  if (fields !== undefined) return 'ZX'.includes(fields[0] ?? 'X') ? undefined : fields[19];
  if (IS_LINUX) return undefined;
  try {
    const text = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'latin1' });
    return text.trim().replaceAll(/\s+/g, '_') || undefined;
  } catch {
    // ps exits 1 when there is no such process.
    return undefined;
  }
}

/** The fields from the third (state) on: the second, the name, may hold blanks and brackets. */
export function statOf(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

export const identityText = ({ pid, start, boot }: ProcessIdentity): string => `${pid} ${start} ${boot}`;

export function readIdentity(text: string): ProcessIdentity | undefined {
  const match = /^(\d+) (\S+) (\S+)/.exec(text);
  return match === null ? undefined : { pid: Number(match[1]), start: match[2]!, boot: match[3]! };
}
