import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { programOf } from '@groundwork/service/testing';

const PROGRAM = programOf(new URL('broker-program.ts', import.meta.url));

export interface BrokerProcess {
  /** Undefined: it has died before it could say. */
  url: string | undefined;
  /** Signal or code with which it ended. */
  ended: Promise<string | number | null>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts a broker as a process of its own, see broker-program.ts. */
export async function startBrokerProcess(env: Record<string, string>): Promise<BrokerProcess> {
  const child: ChildProcess = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', PROGRAM], {
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      TEST_LOG: process.env['TEST_LOG'],
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit').then(([code, signal]) => (signal ?? code) as string | number | null);
  const said = once(child.stdout!.setEncoding('utf8'), 'data').then(([text]) => String(text).trim());
  const url = await Promise.race([said, ended.then(() => undefined)]);
  return { url, ended, kill: (signal) => void child.kill(signal) };
}
