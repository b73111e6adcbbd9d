import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './helpers.ts';

export type TargetName = 'sandbox' | 'moto' | 'ministack';

export interface Target {
  name: TargetName;
  endpoint: string;
  stop(): Promise<void>;
}

const executables = { moto: 'moto_server', ministack: 'ministack' } as const;
type Emulator = keyof typeof executables;

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

/** Why a target cannot be started here; undefined when it can. */
export function missing(name: TargetName): string | undefined {
  if (name === 'sandbox') return undefined;
  const install = 'pip install "moto[server]" ministack in a venv, then TEST_PYTHON=<its directory>';
  const venv = process.env['TEST_PYTHON'];
  if (!venv) return `${name} needs ${install}`;
  const executable = executables[name];
  if (!existsSync(join(venv, 'bin', executable))) {
    return `${join(venv, 'bin', executable)} does not exist: ${install}`;
  }
  return undefined;
}

export async function startTarget(name: TargetName): Promise<Target> {
  const reason = missing(name);
  if (reason !== undefined) throw new Error(reason);
  return name === 'sandbox' ? startSandboxTarget() : startEmulator(name);
}

async function startSandboxTarget(): Promise<Target> {
  const { startSandbox } = await import('../../src/index.ts');
  const stateDir = await mkdtemp(join(tmpdir(), 'sandbox-contract-'));
  const sandbox = await startSandbox({ port: 0, host: '127.0.0.1', stateDir, throttleWaf: false });
  return {
    name: 'sandbox',
    endpoint: sandbox.endpoint,
    async stop() {
      await sandbox.close();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

async function startEmulator(name: Emulator): Promise<Target> {
  const bin = join(process.env['TEST_PYTHON'] ?? '', 'bin');
  const port = await freePort();
  const home = await mkdtemp(join(tmpdir(), `${name}-contract-`));
  const options = name === 'moto' ? ['-H', '127.0.0.1', '-p', String(port)] : [];
  const child = spawn(join(bin, 'python'), ['-c', untilStdinEnds, join(bin, executables[name]), ...options], {
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
    env: {
      PATH: process.env['PATH'],
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

  const stop = async (): Promise<void> => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      process.kill(-child.pid, 'SIGKILL');
    }
    await ended;
    await rm(home, { recursive: true, force: true });
  };
  const endpoint = `http://127.0.0.1:${port}`;
  try {
    await eventually(`${name} answers on ${endpoint}`, 30_000, async () => {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`${name} ended early: ${lastWords}`);
      }
      return fetch(endpoint).then(
        (answer) => answer.body?.cancel().then(() => true),
        () => undefined,
      );
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { name, endpoint, stop };
}
