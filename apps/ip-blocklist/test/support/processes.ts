import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { eventually, freePort, programOf } from '@groundwork/service/testing';

/** The service as it runs in production: a process of its own. */
export interface ServiceProcess {
  url: string;
  /** As a machine that loses its power. */
  kill(): Promise<void>;
}

const MAIN = programOf(new URL('../../src/main.ts', import.meta.url));

export async function startProcess(env: Readonly<Record<string, string>>): Promise<ServiceProcess> {
  const port = await freePort();
  const child: ChildProcess = spawn(process.execPath, [MAIN], {
    env: { ...process.env, PORT: String(port), AUTH_MODE: 'none', LOG_LEVEL: 'warn', ...env },
    stdio: process.env['TEST_LOG'] === undefined ? 'ignore' : 'inherit',
  });
  const url = `http://127.0.0.1:${port}`;
  await eventually(async () => (await fetch(`${url}/readyz`)).ok, { withinMs: 30_000, what: 'the service' });
  return {
    url,
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
