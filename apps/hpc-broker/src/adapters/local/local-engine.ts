import { accessSync, constants, renameSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { hostname, totalmem, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Component, Logger } from '@groundwork/service';
import type { Capacity, Engine, Placement, Receipt, Sighting, Stream } from '../../ports/engine.ts';
import { attemptFiles } from '../../spawner/attempt-files.ts';
import { SETTINGS, type Free, type Run, type Seen, type SpawnerSettings } from '../../spawner/protocol.ts';
import { readRange, sizeOf } from './output-files.ts';
import { runOf } from './run-of.ts';
import { SpawnerLink } from './spawner-link.ts';
import { SPAWNER } from './spawner-process.ts';

export interface LocalEngineOptions {
  name: string;
  /** Of claimStateDir: absolute, and of nobody else. */
  stateDir: string;
  engineId: string;
  /** Cores that it may use. */
  slots: number;
  memoryMiB?: number | undefined;
  gpus?: number | undefined;
  /** What a graceful stop does to what runs. */
  onStop: 'keep' | 'cancel';
  /** Without a beat for that long everything is killed, so that other brokers may run the next attempt. */
  orphanSeconds: number;
  killAfterSeconds?: number | undefined;
  maxProcesses?: number | undefined;
  /** False: process groups and rlimits only, although cgroups may be writable. */
  useCgroups?: boolean | undefined;
  answerWithinMs?: number | undefined;
  /** Whether this broker may still have attempts run; when false, no beat is sent and the fence falls. */
  holdsLease?: (() => boolean) | undefined;
  /** The spawner's main.ts. */
  spawner?: string | undefined;
  logger: Logger;
}

export interface LocalEngine extends Engine, Component {
  readonly name: string;
  start(): Promise<void>;
  stop(signal: AbortSignal): Promise<void>;
  /** That this broker holds the lease now: nothing is started after a long silence before it is told. */
  beat(): Promise<void>;
  /** What holds attempts to what they asked for here, in sentences. */
  describe(): readonly string[];
  /** In bytes; undefined: there is none. */
  outputSize(name: string, stream: Stream): Promise<number | undefined>;
  workingDirectory(placement: Placement): Promise<string>;
}

/** Beats that may be late before the fence falls. */
const BEATS_PER_FENCE = 5;
/** Of one message; then others get a turn. */
const MOST_RUNS = 64;
const MOST_NAMES = 1_000;

/**
 * Processes of this machine. They are not started by this process but by a spawner (spawner/run-spawner.ts),
 * which lives on when this one is killed. Starting the engine finds it again and all that it runs.
 */
export function createLocalEngine(options: LocalEngineOptions): LocalEngine {
  const { name, stateDir, slots, onStop, logger } = options;
  const files = attemptFiles(stateDir);
  const host = hostname();
  const user = userInfo();
  const listeners = new Set<(names: readonly string[]) => void>();
  const settings: SpawnerSettings = {
    engineId: options.engineId,
    slots,
    memoryMiB: options.memoryMiB ?? Math.floor(totalmem() / 1024 ** 2),
    gpus: options.gpus ?? 0,
    orphanSeconds: options.orphanSeconds,
    killAfterSeconds: options.killAfterSeconds ?? 5,
    maxProcesses: options.maxProcesses,
    useCgroups: options.useCgroups ?? true,
  };
  let free: Free = { cores: 0, memoryMiB: 0, gpus: 0 };
  const link = new SpawnerLink({
    stateDir,
    program: options.spawner ?? SPAWNER,
    answerWithinMs: options.answerWithinMs ?? 10_000,
    beatEveryMs: (options.orphanSeconds * 1_000) / BEATS_PER_FENCE,
    holdsLease: options.holdsLease ?? (() => true),
    told: {
      changed(names) {
        for (const listener of listeners) listener(names);
      },
      free(now) {
        free = now;
      },
    },
    logger,
  });

  const runFor = (placement: Placement): ReturnType<typeof runOf> => {
    const scratch = files.workOf(placement.name);
    const surroundings = { user: user.username, home: user.homedir, scratch };
    return runOf(placement, surroundings, { slots, isRoot: user.uid === 0, find: findProgram });
  };

  async function submit(placements: readonly Placement[]): Promise<Receipt[]> {
    const receipts: Receipt[] = [];
    const runs: { at: number; run: Run }[] = [];
    for (const [at, placement] of placements.entries()) {
      checkName(placement.name);
      const planned = runFor(placement);
      if ('run' in planned) runs.push({ at, run: planned.run });
      else receipts[at] = { accepted: false, reason: planned.refusal, forGood: true };
    }
    await Promise.all(
      inParts(runs, MOST_RUNS).map(async (part) => {
        const answers = await link.ask({ do: 'submit', runs: part.map(({ run }) => run) });
        for (const [index, { at }] of part.entries()) receipts[at] = answers[index]!;
      }),
    );
    return receipts;
  }

  async function look(names: readonly string[]): Promise<Map<string, Sighting>> {
    const parts = await Promise.all(
      inParts(names, MOST_NAMES).map((part) => link.ask({ do: 'look', names: part })),
    );
    return new Map(parts.flatMap(Object.entries<Seen>).map(([one, seen]) => [one, sightingOf(seen, host)]));
  }

  const forAll = async (what: 'cancel' | 'forget', names: readonly string[]): Promise<void> => {
    for (const one of names) checkName(one);
    await Promise.all(inParts(names, MOST_NAMES).map((part) => link.ask({ do: what, names: part })));
  };

  const outputOf = (one: string, stream: Stream): string => {
    checkName(one);
    return join(files.dirOf(one), stream);
  };

  function capacity(): Capacity {
    const { memoryMiB, gpus } = settings;
    return {
      freeCores: free.cores,
      freeMemoryMiB: free.memoryMiB,
      freeGpus: free.gpus,
      cores: slots,
      memoryMiB,
      gpus,
      closed: link.problem && `the local engine cannot start anything: ${link.problem}`,
    };
  }

  return {
    name,
    kind: 'local',
    capacity,
    submit,
    look,
    cancel: (names) => forAll('cancel', names),
    forget: (names) => forAll('forget', names),
    known: () => files.names(),
    output: (one, stream, from, maxBytes) => readRange(outputOf(one, stream), from, maxBytes),
    outputSize: async (one, stream) => sizeOf(outputOf(one, stream)),
    beat: () => link.beat(),
    describe: () => link.limits,
    async workingDirectory({ name: one, spec }) {
      checkName(one);
      const dir = spec.workingDirectory ?? files.workOf(one);
      if (spec.workingDirectory === undefined) await mkdir(dir, { recursive: true });
      return dir;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async start() {
      const path = join(stateDir, SETTINGS);
      writeFileSync(`${path}.new`, JSON.stringify(settings));
      renameSync(`${path}.new`, path);
      await link.open();
    },
    async stop(signal) {
      // Also when that is not waited for any more, the spawner goes on ending them.
      try {
        if (onStop === 'cancel') await Promise.race([link.ask({ do: 'end' }), aborted(signal)]);
      } finally {
        link.close();
      }
    },
  };
}

function sightingOf(seen: Seen, host: string): Sighting {
  if (seen.state === 'submitted') return seen;
  if (seen.state === 'running') return { state: 'running', startedAt: new Date(seen.startedAt), host };
  const startedAt = seen.startedAt === undefined ? undefined : new Date(seen.startedAt);
  return { state: 'ended', ending: seen.ending, startedAt, endedAt: new Date(seen.endedAt), host };
}

/** It becomes the name of a directory. */
function checkName(name: string): void {
  if (!/^[A-Za-z0-9][\w-]{0,199}$/.test(name))
    throw new TypeError(`${JSON.stringify(name)} is no name of an attempt`);
}

function findProgram(program: string, path: string): string | undefined {
  return path
    .split(':')
    .filter((dir) => dir.startsWith('/'))
    .map((dir) => join(dir, program))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

function inParts<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, at) =>
    all.slice(at * size, (at + 1) * size),
  );
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
