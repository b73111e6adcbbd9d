import { spawn, type ChildProcess } from 'node:child_process';
import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { HOST } from './config.ts';
import type { ProcessSpec } from './processes.ts';

const PRELOAD = fileURLToPath(new URL('./exit-with-parent.ts', import.meta.url));

/** A started process, in a process group of its own so that a Ctrl-C in the terminal does not reach it. */
export class Child {
  readonly spec: ProcessSpec;
  readonly #process: ChildProcess;
  /** Resolves with how it ended: `exited with code 1`, `was ended by SIGKILL`. */
  readonly ended: Promise<string>;
  #running = true;

  constructor(spec: ProcessSpec, root: string, inherited: NodeJS.ProcessEnv, onLine: (line: string) => void) {
    this.spec = spec;
    this.#process = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--import', PRELOAD, spec.main],
      {
        cwd: root,
        env: { ...spec.env, ...passedOn(inherited), ...forced(spec) },
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      },
    );
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', onLine);
    }
    this.ended = new Promise((resolve) => {
      this.#process.once('error', (error) => resolve(`could not be started: ${error.message}`));
      this.#process.once('exit', (code, signal) => {
        this.#running = false;
        resolve(signal === null ? `exited with code ${code}` : `was ended by ${signal}`);
      });
    });
  }

  get running(): boolean {
    return this.#running;
  }

  /** Asks it to drain. */
  terminate(): void {
    if (this.#running) this.#process.kill('SIGTERM');
  }

  /** Ends it and everything it started. */
  kill(): void {
    const { pid } = this.#process;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // the group is gone already
    }
  }

  /** Whether it answers by now. */
  async isReady(): Promise<boolean> {
    const { port, readyPath } = this.spec;
    if (readyPath === undefined) return accepts(port);
    try {
      const answer = await fetch(`http://${HOST}:${port}${readyPath}`, {
        signal: AbortSignal.timeout(2_000),
      });
      return answer.ok;
    } catch {
      return false;
    }
  }
}

/**
 * What a developer has set goes to every process, except an address, which would go to all
 * alike, and their own AWS account, which a service would then use instead of the sandbox.
 */
function passedOn(inherited: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(inherited).filter(
      ([name]) =>
        name !== 'PORT' && name !== 'HOST' && (!name.startsWith('AWS_') || name === 'AWS_MAX_ATTEMPTS'),
    ),
  );
}

/** The address is decided here and nowhere else, whatever the shell's environment says. */
function forced(spec: ProcessSpec): Record<string, string> {
  return Object.fromEntries(
    ['HOST', 'PORT'].flatMap((name) => (spec.env[name] === undefined ? [] : [[name, spec.env[name]]])),
  );
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, HOST, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
