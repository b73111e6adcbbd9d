import { readFileSync } from 'node:fs';

/** Linux counts in units of 10 ms (USER_HZ, proc(5)), on every architecture that Node runs on. */
const TICK_MS = 10;

export interface Cpu {
  /** Of all its threads, in ms. */
  own: number;
  /** Of its children that have ended. */
  children: number;
}

export const cpuOf = (pid: number): Cpu => cpuIn(readFileSync(`/proc/${pid}/stat`, 'latin1'));

/** Fields 14 to 17 of proc_pid_stat(5). The second, the program's name, may have spaces and brackets in it. */
export function cpuIn(stat: string): Cpu {
  const fields = fieldsOf(stat);
  const ms = (at: number): number => (Number(fields[at]) + Number(fields[at + 1])) * TICK_MS;
  return { own: ms(11), children: ms(13) };
}

export const parentOf = (pid: number): number =>
  Number(fieldsOf(readFileSync(`/proc/${pid}/stat`, 'latin1'))[1]);

/** Of a process and of all that it has started itself, whether that has ended or not. */
export function cpuOfFamily(pid: number): number {
  const { own, children } = cpuOf(pid);
  const alive = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ').filter(Boolean);
  return alive.reduce((sum, child) => sum + ownCpu(Number(child)), own + children);
}

/** What ends meanwhile is in its parent's account the next time. */
function ownCpu(pid: number): number {
  try {
    return cpuOf(pid).own;
  } catch {
    return 0;
  }
}

const fieldsOf = (stat: string): string[] => stat.slice(stat.lastIndexOf(')') + 2).split(' ');
