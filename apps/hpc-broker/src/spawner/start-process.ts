import { spawn } from 'node:child_process';
import type { RunRecord } from './claim.ts';
import type { Run } from './protocol.ts';
import { wrapped } from './wrapper.ts';

export interface Started {
  /** Of the wrapper, which leads a session and process group of its own. */
  pid: number;
  /** Resolves when the wrapper has ended and was reaped. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Rejects with the system's error (EAGAIN, EMFILE, E2BIG, …); then nothing has been started. */
export function startProcess(
  run: Run,
  place: {
    dir: string;
    cwd: string;
    groups: readonly string[];
    record: RunRecord;
    addressKiB: number | undefined;
    boot: string;
  },
): Promise<Started> {
  const env = run.gpus === 0 ? run.env : { ...run.env, CUDA_VISIBLE_DEVICES: place.record.gpus.join(',') };
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', wrapped(run.argv, place), {
      cwd: place.cwd,
      env,
      stdio: 'ignore',
      detached: true,
    });
    child.once('error', reject);
    if (child.pid === undefined) return;
    const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((done) => {
      child.once('exit', (code, signal) => done({ code, signal }));
    });
    resolve({ pid: child.pid, ended });
  });
}
