import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Settings } from './benchmark.ts';

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));
/** The longest that one request may take; a hundred large images take half a minute. */
const DEADLINE_MS = 300_000;
const STOP_MS = 5_000;

/** What the worker is told at its start. */
export interface Assignment {
  file: string;
  /** Which part of the benchmark this process plays: a contender, or `pool`, or `subject`. */
  role: string;
  settings: Settings;
  dir: string;
}

export type Answer = { ok: true; value: unknown } | { ok: false; error: string };

/** A process that plays one part of a benchmark, and answers one request at a time. */
export class Child {
  readonly #process: ChildProcess;

  /** The environment is replaced: nobody's LD_PRELOAD or VIPS_CONCURRENCY weighs in. */
  constructor(assignment: Assignment, environment: Readonly<Record<string, string>> = {}) {
    this.#process = fork(WORKER, [JSON.stringify(assignment)], {
      env: { ...environment },
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
  }

  async ask<T>(request: unknown): Promise<T> {
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, AbortSignal.timeout(DEADLINE_MS)]);
    const answered = once(this.#process, 'message', { signal });
    const ended = once(this.#process, 'exit', { signal }).then(([code, by]: (number | string)[]) => {
      throw new Error(`The process of the benchmark ended (${by ?? code}) before it had answered.`);
    });
    this.#process.send({ request });
    // Takes the listeners away; the one that lost the race rejects then.
    ended.catch(() => undefined);
    answered.catch(() => undefined);
    const [answer] = (await Promise.race([answered, ended]).finally(() => over.abort())) as [Answer];
    if (!answer.ok) throw new Error(answer.error);
    return answer.value as T;
  }

  /** Closing the channel makes it end; what hangs is killed. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, 'exit');
    if (this.#process.connected) this.#process.disconnect();
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), STOP_MS);
    await exited;
    clearTimeout(timer);
  }
}
