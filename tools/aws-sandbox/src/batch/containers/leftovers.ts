import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** A killed process is gone within a few of these, if the kernel has nothing better to do. */
const ROUND_MS = 10;
const ROUNDS = 200;

/**
 * Kills what is left of these jobs, wherever it has gone: whoever leaves its process group still has the environment it
 * was started with, and in that the job's id, which nobody else has. Only where there is /proc.
 */
export async function endProcessesOf(jobs: ReadonlySet<string>): Promise<void> {
  if (jobs.size === 0) return;
  // Again, until there are none: one may have started another meanwhile.
  for (let round = 0; round < ROUNDS; round += 1) {
    const pids = await pidsOf(jobs);
    if (pids.length === 0) return;
    for (const pid of pids) kill(pid);
    await delay(ROUND_MS);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

export async function pidsOf(jobs: ReadonlySet<string>): Promise<number[]> {
  const entries = await readdir('/proc').catch(() => []);
  const found: number[] = [];
  for (const entry of entries) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    const environment = await readFile(`/proc/${entry}/environ`, 'utf8').catch(() => '');
    const id = /(?:^|\0)AWS_BATCH_JOB_ID=([^\0]*)/.exec(environment)?.[1];
    if (id !== undefined && jobs.has(id)) found.push(Number(entry));
  }
  return found;
}
