import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, freePort } from '@groundwork/service/testing';
import { onTestFinished } from 'vitest';
import { insteadOfSources } from './made.ts';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const MAIN = 'tools/dev/src/main.ts';
/** Alone it takes 4 s; on a machine that is busy with other tests it took 40. */
const READY_WITHIN_MS = 80_000;

/** A folder that the user postgres may enter too, as tests may run as root. */
export function stateDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'groundwork-dev-'));
  chmodSync(dir, 0o755);
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Settings of a stack beside any other: its own ports, its own state. */
export async function settings(dir = stateDir()) {
  const [edge, sandbox, postgres, blocklist, thumbnailer, cache, hpc, redis] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    freePort(),
    freePort(),
    freePort(),
    freePort(),
    freePort(),
  ]);
  return {
    EDGE_PORT: String(edge),
    SANDBOX_PORT: String(sandbox),
    POSTGRES_PORT: String(postgres),
    IP_BLOCKLIST_PORT: String(blocklist),
    THUMBNAILER_PORT: String(thumbnailer),
    CACHE_API_PORT: String(cache),
    HPC_BROKER_PORT: String(hpc),
    REDIS_PORT: String(redis),
    GROUNDWORK_STATE_DIR: dir,
  };
}
export type Settings = Awaited<ReturnType<typeof settings>>;

export const portsOf = (given: Settings): number[] =>
  Object.entries(given).flatMap(([name, value]) => (name.endsWith('_PORT') ? [Number(value)] : []));

/**
 * The development stack as a developer runs it. Every start is seven real processes and a database, and other
 * packages' tests run beside them: `npm test` gives a test three minutes here.
 */
export class Stack {
  readonly process: ChildProcess;
  readonly settings: Settings;
  /** Code or signal with which it ended. */
  readonly ended: Promise<number | string | null>;
  output = '';

  constructor(
    given: Settings,
    extra: Readonly<Record<string, string>> = {},
    command = [process.execPath, MAIN],
  ) {
    this.settings = given;
    const [file = '', ...args] = command;
    this.process = spawn(file, args, {
      cwd: ROOT,
      env: { ...process.env, NO_COLOR: '1', ...insteadOfSources, ...given, ...extra },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
    this.ended = new Promise((resolve) => {
      this.process.once('close', (code, signal) => resolve(signal ?? code));
    });
    onTestFinished(() => this.#cleanUp());
  }

  get pid(): number {
    return this.process.pid ?? -1;
  }

  async ready(): Promise<void> {
    await eventually(
      () => {
        if (this.process.exitCode !== null) throw new Error(this.output);
        return this.output.includes('Groundwork is ready');
      },
      { withinMs: READY_WITHIN_MS, what: 'the board' },
    ).catch((error: unknown) => {
      throw new Error(`not ready:\n${this.output}`, { cause: error });
    });
  }

  /** As a Ctrl-C in a terminal that runs only this process. */
  async stop(): Promise<number | string | null> {
    process.kill(this.pid, 'SIGINT');
    return this.ended;
  }

  /** Every process that works on this stack's state or was started by its supervisor. */
  processes(): number[] {
    return processesNaming(this.settings.GROUNDWORK_STATE_DIR);
  }

  /** The process that runs this main file. */
  pidOf(main: string): number {
    const pid = this.processes().find((one) => commandOf(one).includes(main));
    if (pid === undefined) throw new Error(`${main} does not run`);
    return pid;
  }

  async #cleanUp(): Promise<void> {
    for (const pid of this.processes()) kill(pid);
    kill(this.pid);
    await this.ended;
  }
}

export function commandOf(pid: number): string {
  return readProc(pid, 'cmdline').replaceAll('\0', ' ').trim();
}

/**
 * Found by what their environment or their command line says: whoever their parent is by now. And what those
 * have started: Redis writes its title over its environment.
 */
function processesNaming(text: string): number[] {
  const named = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid)
    .filter((pid) => readProc(pid, 'environ').includes(text) || commandOf(pid).includes(text));
  const children = named.flatMap((pid) =>
    readProc(pid, `task/${pid}/children`).split(' ').filter(Boolean).map(Number),
  );
  return [...new Set([...named, ...children])];
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it is gone already
  }
}
