import { existsSync, readdirSync, readFileSync } from 'node:fs';

/**
 * CPU time of a process and all its threads so far, in µs (schedstat has ns; Documentation/scheduler/sched-stats.rst).
 * None of one that is gone: nginx has one that fills its index and ends after a minute.
 */
export function cpuMicroseconds(pid: number): number {
  let total = 0;
  if (!existsSync(`/proc/${pid}/task`)) return 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const text = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1');
    total += Number(text.split(' ', 1)[0]) / 1_000;
  }
  return total;
}

/** What else a machine does at the same time, on the other half of a core, only ever adds: so not the median. */
export function lowerQuartile(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[(values.length - 1) >> 2]!;
}
