import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, freePort } from '@groundwork/service/testing';
import { holderOf } from '../../src/spawner/lock.ts';
import { LOCK } from '../../src/spawner/protocol.ts';
import { cpuOf } from './cpu.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const START_MS = 60_000;
const STOP_MS = 30_000;

export interface BrokerOptions {
  databaseUrl: string;
  /** Of its local engine; nobody else's. */
  stateDir: string;
  slots: number;
  /** Of other engines, as in the environment. */
  env?: Readonly<Record<string, string>>;
  /** For Node, before the program. */
  flags?: readonly string[];
}

export interface Account {
  broker: number;
  spawner: number;
  /** What the spawner has started: the jobs, and the shell around each. */
  started: number;
}

export interface Broker {
  url: string;
  pid: number;
  /** CPU so far, in ms. */
  account(): Account;
  /** With the status and the text of any other answer it throws. */
  post<T>(path: string, body: string, type?: string): Promise<T>;
  stop(): Promise<void>;
}

/** The service as it ships, in a process of its own, with processes of this machine. */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', ...(options.flags ?? []), MAIN],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: environment(options, port),
    },
  );
  const directory = join(options.stateDir, '1');
  // Neither outlives the benchmark; before that removes the directory.
  const kill = (): void => {
    child.kill('SIGKILL');
    const spawner = existsSync(directory) ? holderOf(directory, LOCK) : undefined;
    if (spawner !== undefined) process.kill(spawner.pid, 'SIGKILL');
  };
  process.prependOnceListener('exit', kill);
  const isGone = (): boolean => child.exitCode !== null || child.signalCode !== null;
  await eventually(async () => isGone() || (await fetch(`${url}/readyz`)).ok, {
    withinMs: START_MS,
    what: `${url}/readyz`,
  });
  if (isGone()) throw new Error('the broker has ended; what it says is above');
  const spawner = await eventually(() => holderOf(directory, LOCK), { what: 'the spawner' });
  return {
    url,
    pid: child.pid!,
    account() {
      const { own, children } = cpuOf(spawner.pid);
      return { broker: cpuOf(child.pid!).own, spawner: own, started: children };
    },
    async post<T>(path: string, body: string, type = 'application/json') {
      const answer = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': type },
        body,
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
      return JSON.parse(text) as T;
    },
    async stop() {
      if (isGone()) throw new Error(`the broker has ended: ${child.signalCode ?? child.exitCode}`);
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(kill, STOP_MS);
      await exited;
      clearTimeout(timer);
      process.off('exit', kill);
      await eventually(() => holderOf(directory, LOCK) === undefined, {
        withinMs: STOP_MS,
        what: 'the end of the spawner',
      });
    },
  };
}

/** All that it is told; the rest is as by default. */
function environment(
  { databaseUrl, stateDir, slots, env }: BrokerOptions,
  port: number,
): Record<string, string> {
  return {
    DATABASE_URL: databaseUrl,
    PORT: String(port),
    AUTH_MODE: 'none',
    LOG_LEVEL: 'warn',
    LOCAL_ENGINE: 'on',
    LOCAL_STATE_DIR: stateDir,
    LOCAL_SLOTS: String(slots),
    LOCAL_ENGINE_ON_STOP: 'cancel',
    // If the benchmark is killed, what it has started is gone half a minute later.
    LOCAL_ORPHAN_SECONDS: '30',
    ...env,
  };
}
