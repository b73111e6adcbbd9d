import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { eventually } from '@groundwork/service/testing';

const START_MS = 60_000;
const STOP_MS = 30_000;

export interface ProcessOptions {
  main: URL;
  environment: Readonly<Record<string, string>>;
  /** Answers with 2xx once it is ready. */
  ready: string;
  /** Each line on stdout. */
  heard: (line: string) => void;
}

export interface Running {
  /** CPU time used so far in all threads, in seconds. */
  cpuSeconds: () => number;
  /** The most memory that was resident at any time, in MB. */
  peakMb: () => number;
  stop: () => Promise<void>;
}

/** A process of this repository as it runs anywhere: its environment is all that it is told. */
export async function startProcess({ main, environment, ready, heard }: ProcessOptions): Promise<Running> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', fileURLToPath(main)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...environment },
  });
  const lines = createInterface({ input: child.stdout }).on('line', heard);
  // It does not outlive the benchmark.
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const isGone = (): boolean => child.exitCode !== null || child.signalCode !== null;
  await eventually(async () => isGone() || (await fetch(ready)).ok, { withinMs: START_MS, what: ready });
  if (isGone()) throw new Error(`${main.pathname} has ended; what it says is above`);
  return {
    cpuSeconds: () => cpuSecondsOf(readFileSync(`/proc/${child.pid}/stat`, 'utf8')),
    peakMb: () => peakMbOf(readFileSync(`/proc/${child.pid}/status`, 'utf8')),
    async stop() {
      if (isGone()) throw new Error(`${main.pathname} has ended: ${child.signalCode ?? child.exitCode}`);
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(kill, STOP_MS);
      await exited;
      clearTimeout(timer);
      lines.close();
      process.off('exit', kill);
    },
  };
}

/** Fields 14 and 15 of proc_pid_stat(5), in units of 10 ms (USER_HZ). */
function cpuSecondsOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** VmHWM of proc_pid_status(5), in kB. */
function peakMbOf(status: string): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_000;
}
