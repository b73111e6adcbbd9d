import { readFileSync } from 'node:fs';

/** Linux counts a process's time in units of 10 ms (USER_HZ), on every architecture that Node runs on. */
const TICK_MS = 10;

/**
 * CPU time that a process has used so far in all of its threads, user and system,
 * in milliseconds. Of another process Linux only, and exact to 10 ms.
 */
export function cpuMs(pid?: number): number {
  if (pid === undefined) {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  }
  return statCpuMs(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

/** Fields 14 and 15 of proc_pid_stat(5). The second, the program's name, may have spaces and brackets in it. */
export function statCpuMs(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
