import { setTimeout as delay } from 'node:timers/promises';
import { Child } from './child.ts';
import type { ProcessSpec } from './processes.ts';

export interface SupervisorOptions {
  stages: readonly (readonly ProcessSpec[])[];
  root: string;
  env: NodeJS.ProcessEnv;
  onLine: (name: string, line: string) => void;
  say: (text: string) => void;
}

/** How long one stage may take to become ready, in ms: the first start initialises a database. */
const READY_WITHIN_MS = 60_000;
/** How long a process may take to drain before it is killed, in ms. */
const DRAIN_WITHIN_MS = 30_000;
/** A process that ends by itself is started again after this long, in ms … */
const RESTART_AFTER_MS = 1_000;
/** … unless it has ended this often within a minute. */
const MAX_RESTARTS_PER_MINUTE = 5;

/**
 * Starts the processes stage by stage, keeps them running, and stops them in
 * reverse: one SIGTERM each, then waits for their drain.
 *
 * States of a process: started → ready → (ended by itself → started) … → stopping → ended.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #children = new Map<string, Child>();
  readonly #restarts = new Map<string, number[]>();
  #stopping: Promise<void> | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  get stopping(): boolean {
    return this.#stopping !== undefined;
  }

  /** Resolves when all are ready; rejects with the reason when one ends or stays silent. */
  async start(): Promise<void> {
    for (const stage of this.#options.stages) {
      if (this.stopping) return;
      const children = stage.map((spec) => this.#spawn(spec));
      await Promise.all(children.map((child) => this.#untilReady(child)));
      for (const child of children) this.#keepRunning(child);
    }
  }

  /** Stops all, the last started first. Calling again returns the same promise. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  killAll(): void {
    for (const child of this.#children.values()) child.kill();
  }

  #spawn(spec: ProcessSpec): Child {
    const { root, env, onLine } = this.#options;
    const child = new Child(spec, root, env, (line) => onLine(spec.name, line));
    this.#children.set(spec.name, child);
    return child;
  }

  async #untilReady(child: Child): Promise<void> {
    const deadline = performance.now() + READY_WITHIN_MS;
    while (!(await child.isReady())) {
      if (this.stopping) return;
      if (!child.running)
        throw new Error(
          `${child.spec.name} ${await child.ended} before it was ready; its last words are above.`,
        );
      if (performance.now() > deadline) {
        throw new Error(`${child.spec.name} was not ready within ${READY_WITHIN_MS / 1000} s.`);
      }
      await delay(50);
    }
  }

  #keepRunning(child: Child): void {
    void child.ended.then(async (how) => {
      if (this.stopping) return;
      const { name } = child.spec;
      const now = performance.now();
      const recent = (this.#restarts.get(name) ?? []).filter((at) => now - at < 60_000);
      this.#restarts.set(name, [...recent, now]);
      if (recent.length >= MAX_RESTARTS_PER_MINUTE) {
        this.#options.say(
          `${name} ${how}, for the ${recent.length + 1}th time within a minute: it stays down.`,
        );
        return;
      }
      this.#options.say(`${name} ${how}; starting it again.`);
      await delay(RESTART_AFTER_MS);
      if (!this.stopping) this.#keepRunning(this.#spawn(child.spec));
    });
  }

  async #stopAll(): Promise<void> {
    for (const stage of this.#options.stages.toReversed()) {
      await Promise.all(
        stage.map(async ({ name }) => {
          const child = this.#children.get(name);
          if (child?.running === true) await this.#stopOne(child);
        }),
      );
    }
  }

  async #stopOne(child: Child): Promise<void> {
    child.terminate();
    const patience = new AbortController();
    const ended = await Promise.race([
      child.ended,
      delay(DRAIN_WITHIN_MS, undefined, { signal: patience.signal }).catch(() => undefined),
    ]);
    patience.abort();
    if (ended === undefined) {
      this.#options.say(`${child.spec.name} did not stop within ${DRAIN_WITHIN_MS / 1000} s and is killed.`);
    } else if (ended !== 'exited with code 0') {
      this.#options.say(`${child.spec.name} ${ended}.`);
    }
    child.kill(); // whatever it may have left in its group
    await child.ended;
  }
}
