import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Job } from '../jobs/job.ts';
import type { Exit, Run, Start } from '../lifecycle/world.ts';
import { whyNotExecutable } from './executable.ts';
import { endProcessesOf } from './leftovers.ts';
import { Lines } from './lines.ts';

export interface ProcessOptions {
  /** Working directories are made in it, and go with their containers. */
  dir: string;
  /** The PATH of jobs that have none of their own; by default that of a container. */
  path?: string | undefined;
}

const CONTAINER_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** How long output may take to end after its process has, before somebody is looked for who still holds it. */
const OUTPUT_ENDS_MS = 250;

export interface ProcessEvents {
  output(run: Run, lines: readonly string[]): void;
  ended(key: string, exit: Exit): void;
}

/**
 * Runs commands as processes of this machine. Each has its own process group and directory, no more in its environment
 * than a container would have but a TMPDIR, and nothing to read. When its first process ends, the rest of its group does
 * too.
 */
export class Processes {
  readonly #options: ProcessOptions;
  readonly #events: ProcessEvents;
  readonly #running = new Map<string, ChildProcess>();
  readonly #ending = new Set<Promise<void>>();
  readonly #jobs = new Set<string>();

  constructor(options: ProcessOptions, events: ProcessEvents) {
    this.#options = options;
    this.#events = events;
  }

  start(run: Run): Start {
    const cwd = join(this.#options.dir, run.key.replace('/', '.'));
    // The /tmp of a container goes with it, and the one of this machine stays.
    const env = { PATH: this.#options.path ?? CONTAINER_PATH, TMPDIR: cwd, ...run.environment };
    const why = whyNotExecutable(run.container.command[0], env.PATH);
    if (why !== undefined)
      return { kind: 'failed', reason: `CannotStartContainerError: Error response from daemon: ${why}` };
    mkdirSync(cwd, { recursive: true });
    // Both outputs are one pipe, so that they stay in order; the shell's own PWD is nothing a container has.
    const become = `${'PWD' in env ? '' : 'unset PWD; '}exec "$@" 2>&1`;
    const child = spawn('/bin/sh', ['-c', become, 'sh', ...run.container.command], {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#jobs.add(run.job.id);
    this.#running.set(run.key, child);
    const ending = this.#follow(run, child, cwd).finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
    return { kind: 'running' };
  }

  /** As with containers, SIGTERM is for the first process alone, and SIGKILL for all. */
  signal(key: string, signal: 'SIGTERM' | 'SIGKILL'): void {
    const child = this.#running.get(key);
    if (signal === 'SIGTERM') child?.kill(signal);
    else killGroup(child);
  }

  /** Of an earlier sandbox that had no time to end them. */
  async endLeftovers(jobs: readonly Job[]): Promise<void> {
    await endProcessesOf(new Set(jobs.map(({ id }) => id)));
  }

  async close(): Promise<void> {
    for (const child of this.#running.values()) killGroup(child);
    await Promise.all(this.#ending);
    await endProcessesOf(this.#jobs);
  }

  async #follow(run: Run, child: ChildProcess, cwd: string): Promise<void> {
    const lines = new Lines((complete) => this.#events.output(run, complete));
    child.stdout?.setEncoding('utf8').on('data', (text: string) => lines.add(text));
    const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
    const exit = await new Promise<Exit>((resolve) => {
      child.once('error', (error) => resolve({ reason: `CannotStartContainerError: ${error.message}` }));
      child.once('exit', (code, signal) =>
        resolve({ exitCode: code ?? 128 + constants.signals[signal ?? 'SIGKILL'] }),
      );
    });
    killGroup(child);
    const inTime = await Promise.race([closed.then(() => true), delay(OUTPUT_ENDS_MS, false)]);
    if (!inTime) {
      // Somebody left the group, and still has the pipe.
      await endProcessesOf(new Set([run.job.id]));
      child.stdout?.destroy();
    }
    lines.end();
    this.#running.delete(run.key);
    // What cannot be removed now goes with the rest of the state.
    await rm(cwd, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
    this.#events.ended(run.key, exit);
  }
}

function killGroup(child: ChildProcess | undefined): void {
  if (child?.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nobody is left in it.
  }
}
