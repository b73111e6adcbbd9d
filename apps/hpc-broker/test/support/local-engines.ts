import { mkdtemp, rm } from 'node:fs/promises';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { JobSpec } from '@groundwork/contracts';
import { createLogger } from '@groundwork/service';
import { eventually } from '@groundwork/service/testing';
import type { z } from 'zod';
import {
  createLocalEngine,
  type LocalEngine,
  type LocalEngineOptions,
} from '../../src/adapters/local/local-engine.ts';
import { claimStateDir, type StateDirectory } from '../../src/adapters/local/state-directory.ts';
import {
  EngineUnavailable,
  type Ending,
  type Engine,
  type Placement,
  type Sighting,
} from '../../src/ports/engine.ts';
import { bootId, isAlive, type ProcessIdentity } from '../../src/spawner/identity.ts';
import { holderOf } from '../../src/spawner/lock.ts';
import { LOCK, SETTINGS } from '../../src/spawner/protocol.ts';

const logger = createLogger({ service: 'test', level: 'silent' });

export type EngineSettings = Partial<Omit<LocalEngineOptions, 'stateDir' | 'engineId' | 'name' | 'logger'>>;

/** A base directory, and engines on it. When it is closed nothing of it runs any more. */
export class LocalBase {
  readonly dir: string;
  readonly #open: { engine: LocalEngine; directory: StateDirectory }[] = [];

  private constructor(dir: string) {
    this.dir = dir;
  }

  static async make(): Promise<LocalBase> {
    return new LocalBase(await mkdtemp(join(tmpdir(), 'gw-local-')));
  }

  /** One that another process has made, and will close. */
  static at(dir: string): LocalBase {
    return new LocalBase(dir);
  }

  async engine(settings: EngineSettings = {}): Promise<LocalEngine & { directory: StateDirectory }> {
    const directory = claimStateDir(this.dir);
    const engine = createLocalEngine({
      name: 'local',
      stateDir: directory.path,
      engineId: directory.engineId,
      slots: 64,
      memoryMiB: 100_000,
      onStop: 'keep',
      orphanSeconds: 30,
      killAfterSeconds: 0.5,
      logger,
      ...settings,
    });
    this.#open.push({ engine, directory });
    await engine.start();
    return Object.assign(engine, { directory });
  }

  /** As after a kill: the connection and the lock go, the spawner stays. */
  async leave(engine: LocalEngine): Promise<void> {
    await engine.stop(AbortSignal.abort());
    for (const one of this.#open) if (one.engine === engine) one.directory.release();
  }

  spawner(part = '1'): ProcessIdentity | undefined {
    const dir = join(this.dir, part);
    return existsSync(dir) ? holderOf(dir, LOCK) : undefined;
  }

  async killSpawner(part = '1'): Promise<void> {
    const spawner = this.spawner(part);
    if (spawner === undefined) return;
    process.kill(spawner.pid, 'SIGKILL');
    await eventually(() => !isAlive(spawner, bootId()), { everyMs: 2, what: 'the death of the spawner' });
  }

  /** How often each attempt has had its effect, see `effect`. */
  effects(): Map<string, number> {
    const counts = new Map<string, number>();
    if (!existsSync(this.effectFile)) return counts;
    for (const line of readFileSync(this.effectFile, 'utf8').split('\n')) {
      if (line !== '') counts.set(line, (counts.get(line) ?? 0) + 1);
    }
    return counts;
  }

  get effectFile(): string {
    return join(this.dir, 'effects');
  }

  /** A script that appends its attempt's name to a file (O_APPEND), once each time that it runs, and goes on with `then`. */
  effect(name: string, then = ''): { shell: string } {
    return { shell: `echo ${name} >>${this.effectFile}\n${then}` };
  }

  async close(): Promise<void> {
    await this.end();
    await rm(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }

  /** All that runs, and the spawners. */
  async end(): Promise<void> {
    for (const { engine, directory } of this.#open) {
      await engine.stop(AbortSignal.abort());
      directory.release();
    }
    for (const part of new Set(this.#open.map(({ directory }) => directory.path.split('/').at(-1)!))) {
      await this.#end(part);
    }
    this.#open.length = 0;
  }

  /** A fresh engine on the directory ends everything, and its spawner. */
  async #end(part: string): Promise<void> {
    const path = join(this.dir, part);
    const engine = createLocalEngine({
      name: 'local',
      stateDir: path,
      engineId: 'closing',
      slots: 1,
      onStop: 'cancel',
      orphanSeconds: 30,
      killAfterSeconds: 0,
      logger,
    });
    await engine.start();
    await engine.stop(AbortSignal.timeout(10_000));
    // The shell around a spawner that was killed may be about to start it again.
    await rm(join(path, SETTINGS), { force: true });
  }
}

/** A placement of a spec with the defaults of the API. */
export function placed(name: string, spec: Partial<z.input<typeof JobSpec>>, element = 0): Placement {
  const whole = JobSpec.parse({ name: 'test', ...spec });
  return { name, spec: whole, job: `job-${name}`, element, attempt: 1 };
}

/** Between two spawners nobody answers, and whoever has asked asks again. */
export function lookUntilAnswered(engine: Engine, names: readonly string[]): Promise<Map<string, Sighting>> {
  return eventually(
    () =>
      engine.look(names).catch((error: unknown) => {
        if (error instanceof EngineUnavailable) return undefined;
        throw error;
      }),
    { withinMs: 20_000, what: 'an answer of the engine' },
  );
}

export async function endOf(engine: Engine, name: string, withinMs = 10_000): Promise<Ending> {
  return eventually(
    async () => {
      const sighting = (await lookUntilAnswered(engine, [name])).get(name);
      return sighting?.state === 'ended' ? sighting.ending : undefined;
    },
    { withinMs, what: `the end of ${name}` },
  );
}
