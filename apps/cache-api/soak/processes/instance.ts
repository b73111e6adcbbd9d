import { eventually } from '@groundwork/service/testing';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const READY_MS = 40_000;

/** Dies with us, however we end. */
const started = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of started) child.kill('SIGKILL');
});

export interface InstanceOptions {
  name: string;
  port: number;
  settings: Readonly<Record<string, string>>;
  /** For its logs. */
  folder: string;
  /** It has ended, and nobody has told it to. */
  onDeath: (why: string) => void;
}

/** One process of the service. States: down → starting → up → ending (told to, still answering) → down. */
export class Instance {
  readonly name: string;
  readonly port: number;
  state: 'down' | 'starting' | 'up' | 'ending' = 'down';
  /** Grows each time it ends. */
  life = 0;
  startedAt = 0;
  /** When it was last told to end, in ms of `performance.now()`. */
  endedAt = -Infinity;
  /** How it was told; undefined: not at all. */
  endedBy: 'SIGTERM' | 'SIGKILL' | undefined;
  readonly #options: InstanceOptions;
  #child: ChildProcess | undefined;

  constructor(options: InstanceOptions) {
    this.#options = options;
    this.name = options.name;
    this.port = options.port;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get logs(): { out: string; err: string } {
    const { folder } = this.#options;
    return { out: join(folder, `${this.name}.log`), err: join(folder, `${this.name}.err`) };
  }

  /** Resolves when it is ready, with its bus and the stream. */
  async start(): Promise<void> {
    this.state = 'starting';
    this.endedBy = undefined;
    const out = openSync(this.logs.out, 'a');
    const err = openSync(this.logs.err, 'a');
    const settings = { ...this.#options.settings, PORT: String(this.port) };
    const given = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
    // By env(1), which becomes the program: our own environment is for those who may read it.
    const child = spawn('env', [...given, process.execPath, MAIN], { stdio: ['ignore', out, err] });
    closeSync(out);
    closeSync(err);
    this.#child = child;
    started.add(child);
    child.once('exit', (code, signal) => {
      started.delete(child);
      this.life += 1;
      const isTold = this.state === 'ending';
      this.state = 'down';
      if (!isTold) this.#options.onDeath(`${this.name} ended by itself: code ${code}, signal ${signal}`);
    });
    await eventually(
      async () => {
        if (this.state === 'down') throw new Error(`${this.name} has ended`);
        return (await this.problems()).length === 0;
      },
      { withinMs: READY_MS, everyMs: 50, what: `${this.name}, to be ready,` },
    );
    this.startedAt = performance.now();
    this.state = 'up';
  }

  /** What /readyz complains of. */
  async problems(): Promise<string[]> {
    const answer = await fetch(`http://127.0.0.1:${this.port}/readyz`, {
      signal: AbortSignal.timeout(2_000),
    });
    const { checks } = (await answer.json()) as { checks: Record<string, string> };
    return Object.entries(checks).flatMap(([name, is]) =>
      is === 'ok' ? [] : [`${this.name}: ${name}: ${is}`],
    );
  }

  async isLeader(): Promise<boolean> {
    const answer = await fetch(`http://127.0.0.1:${this.port}/v1/status`, {
      signal: AbortSignal.timeout(2_000),
    });
    return ((await answer.json()) as { stream: { leader?: boolean } }).stream.leader === true;
  }

  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  /** Gives its exit code; null after SIGKILL. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    const child = this.#child;
    if (child === undefined || this.state === 'down') return null;
    this.state = 'ending';
    this.endedAt = performance.now();
    this.endedBy = signal;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
    return child.exitCode;
  }
}
