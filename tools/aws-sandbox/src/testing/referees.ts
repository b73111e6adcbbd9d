import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, freePort } from '@groundwork/service/testing';

/** Emulators of AWS that nobody here has written: what holds on them is not our own opinion only. */
export type RefereeName = 'moto' | 'ministack';

export interface Referee {
  endpoint: string;
  /** Back to an account with nothing in it. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

const executables = { moto: 'moto_server', ministack: 'ministack' } as const;
const resets = { moto: '/moto-api/reset', ministack: '/_ministack/reset' } as const;
const START_MS = 30_000;

// The emulator's stdin is a pipe held by the test process. When that process goes away, by whatever
// signal, the pipe ends and the emulator takes its whole process group with it.
const untilStdinEnds = `
import os, runpy, sys, threading
def watch():
    while os.read(0, 4096):
        pass
    os.killpg(0, 9)
threading.Thread(target=watch, daemon=True).start()
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name='__main__')
`;

/** Why a referee cannot be started here; undefined when it can. `venv`: the Python environment, from TEST_PYTHON. */
export function whyMissing(name: RefereeName, venv: string | undefined): string | undefined {
  const install = 'pip install "moto[server]" ministack in a venv, then TEST_PYTHON=<its directory>';
  if (!venv) return `${name} needs ${install}`;
  const executable = join(venv, 'bin', executables[name]);
  return existsSync(executable) ? undefined : `${executable} does not exist: ${install}`;
}

export async function startReferee(name: RefereeName, venv: string | undefined): Promise<Referee> {
  const reason = whyMissing(name, venv);
  if (reason !== undefined) throw new Error(reason);
  const bin = join(venv ?? '', 'bin');
  const port = await freePort();
  const home = await mkdtemp(join(tmpdir(), `${name}-contract-`));
  const options = name === 'moto' ? ['-H', '127.0.0.1', '-p', String(port)] : [];
  const child = spawn(join(bin, 'python'), ['-c', untilStdinEnds, join(bin, executables[name]), ...options], {
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
    env: {
      HOME: home,
      TMPDIR: home,
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      LOG_LEVEL: 'ERROR',
      // Neither may start containers on the machine that runs the tests.
      DOCKER_HOST: 'tcp://127.0.0.1:1',
    },
  });
  let lastWords = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-2_000);
  });
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      lastWords += error.message;
      resolve();
    });
    child.once('exit', () => resolve());
  });
  const isGone = (): boolean =>
    child.pid === undefined || child.exitCode !== null || child.signalCode !== null;

  const stop = async (): Promise<void> => {
    if (child.pid !== undefined && !isGone()) process.kill(-child.pid, 'SIGKILL');
    await ended;
    await rm(home, { recursive: true, force: true });
  };
  const endpoint = `http://127.0.0.1:${port}`;
  const answers = async (): Promise<boolean> => {
    if (isGone()) return true;
    const answer = await fetch(endpoint);
    await answer.body?.cancel();
    return true;
  };
  try {
    await eventually(answers, { withinMs: START_MS, what: `an answer of ${name} on ${endpoint}` });
    if (isGone()) throw new Error(`${name} ended early: ${lastWords}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    endpoint,
    async reset() {
      const answer = await fetch(`${endpoint}${resets[name]}`, { method: 'POST' });
      if (!answer.ok) throw new Error(`${name} cannot be reset: ${answer.status} ${await answer.text()}`);
      await answer.body?.cancel();
    },
    stop,
  };
}
