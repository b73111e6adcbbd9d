import { readdirSync, readFileSync } from 'node:fs';

/** CPU time of a process and all its threads so far, in µs (schedstat has ns; Documentation/scheduler/sched-stats.rst). */
export function cpuMicroseconds(pid: number): number {
  let total = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const text = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1');
    total += Number(text.split(' ', 1)[0]) / 1_000;
  }
  return total;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
