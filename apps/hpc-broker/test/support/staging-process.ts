import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { programOf } from '@groundwork/service/testing';

const PROGRAM = programOf(new URL('staging-program.ts', import.meta.url));

export interface StagingTask {
  what: 'bringInputs' | 'storeOutputs';
  endpoint: string;
  partBytes: number;
  /** Of the attempt. */
  name: string;
  directory: string;
  spec: Record<string, unknown>;
  diesBeforeRename?: boolean;
}

/** See staging-program.ts. */
export function startStagingProcess(task: StagingTask) {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', PROGRAM], {
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      AWS_ACCESS_KEY_ID: 'sandbox',
      AWS_SECRET_ACCESS_KEY: 'sandbox',
      TASK: JSON.stringify(task),
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  /** Signal or code with which it ended. */
  const ended = once(child, 'exit').then(([code, signal]) => (signal ?? code) as string | number);
  return {
    ended,
    async kill(): Promise<void> {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
