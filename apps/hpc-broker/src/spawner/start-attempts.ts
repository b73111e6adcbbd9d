import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as tick } from 'node:timers/promises';
import type { Receipt } from '../ports/engine.ts';
import type { AttemptFiles } from './attempt-files.ts';
import type { RunRecord } from './claim.ts';
import { neverStarted, type Attempt, type Taken } from './attempt.ts';
import type { Cgroups } from './cgroups.ts';
import type { Reached } from './points.ts';
import type { Run, SpawnerSettings } from './protocol.ts';
import { CANCELLED_BEFORE } from './recover.ts';
import type { Room } from './room.ts';
import { startProcess, type Started } from './start-process.ts';

/** How many are started before others get a turn: about 20 ms. */
const AT_A_TIME = 32;

export interface StartParts {
  files: AttemptFiles;
  cgroups: Cgroups;
  room: Room;
  boot: string;
  reached: Reached;
  log: (message: string) => void;
  settings: () => SpawnerSettings;
  attempts: Map<string, Attempt>;
  /** Makes the directories durable, see spawner.ts. */
  sync: () => Promise<void>;
  /** Its directory is there, although nobody has heard of it. */
  remember: (name: string) => void;
  watch: (name: string, record: RunRecord, started: Started) => void;
  removeGroups: (groups: readonly string[]) => void;
}

interface Asked {
  run: Run;
  resolve: (receipt: Receipt) => void;
}

interface Prepared extends Asked {
  record: RunRecord;
  taken: Taken;
}

/**
 * From a run to its receipt: room → directory, which takes it → cgroups and scratch → `attempts/` on disk →
 * process. Those that wait share one sync of the disk. What cannot be started is refused, and nothing
 * is left of it.
 */
export class StartAttempts {
  readonly #parts: StartParts;
  /** Those that wait for their receipts, by name: who asks twice gets the same one. */
  readonly #waiting = new Map<string, Promise<Receipt>>();
  readonly #queue: Asked[] = [];
  #isAtWork = false;

  constructor(parts: StartParts) {
    this.#parts = parts;
  }

  get isIdle(): boolean {
    return this.#waiting.size === 0;
  }

  submit(run: Run): Promise<Receipt> {
    const waiting = this.#waiting.get(run.name);
    if (waiting !== undefined) return waiting;
    const known = this.#parts.attempts.get(run.name);
    if (known !== undefined) return Promise.resolve(receiptOf(known));
    const receipt = new Promise<Receipt>((resolve) => this.#queue.push({ run, resolve })).finally(() =>
      this.#waiting.delete(run.name),
    );
    this.#waiting.set(run.name, receipt);
    if (!this.#isAtWork) void this.#work();
    return receipt;
  }

  async #work(): Promise<void> {
    this.#isAtWork = true;
    // All that come with one message are in one batch.
    await tick();
    while (this.#queue.length > 0) {
      await this.#startAll(this.#queue.splice(0, AT_A_TIME).flatMap((asked) => this.#prepare(asked)));
      await tick();
    }
    this.#isAtWork = false;
  }

  async #startAll(prepared: readonly Prepared[]): Promise<void> {
    if (prepared.length === 0) return;
    try {
      await this.#parts.sync();
    } catch (error) {
      for (const one of prepared) this.#refuse(one, error);
      return;
    }
    await Promise.all(prepared.map((one) => this.#start(one)));
  }

  #prepare(asked: Asked): Prepared[] {
    const { run, resolve } = asked;
    const { files, reached, room, attempts, cgroups, settings } = this.#parts;
    const need = { cores: run.cores, memoryMiB: run.memoryMiB ?? 0, gpus: run.gpus };
    reached('asked', run.name);
    // A cancel may have come while it waited here.
    const known = attempts.get(run.name);
    const refusal = room.refusal(need) ?? refusalOfDirectory(run.cwd);
    if (known !== undefined || refusal !== undefined) {
      resolve(known === undefined ? { accepted: false, ...refusal! } : receiptOf(known));
      return [];
    }
    const { cores, memoryMiB } = need;
    const { walltimeSeconds, checkpoint } = run;
    const record: RunRecord = {
      cores,
      memoryMiB,
      gpus: room.take(need),
      walltimeSeconds,
      checkpoint,
      cgroups: [],
    };
    const prepared: Prepared = {
      ...asked,
      record,
      taken: { state: 'taken', name: run.name, cancelled: false },
    };
    try {
      if (!files.take(run.name)) {
        room.giveBack(record);
        this.#parts.remember(run.name);
        resolve(receiptOf(attempts.get(run.name)!));
        return [];
      }
      attempts.set(run.name, prepared.taken);
      reached('taken', run.name);
      const limits = { memoryMiB: run.memoryMiB, processes: settings().maxProcesses };
      record.cgroups = cgroups.open(run.name, limits);
      files.makeWork(run.name);
      reached('prepared', run.name);
      return [prepared];
    } catch (error) {
      this.#refuse(prepared, error);
      return [];
    }
  }

  async #start(prepared: Prepared): Promise<void> {
    const { run, record, taken, resolve } = prepared;
    const { files, boot, cgroups, reached, room, attempts } = this.#parts;
    try {
      if (taken.cancelled) {
        files.seal(run.name, true, CANCELLED_BEFORE);
        room.giveBack(record);
        this.#parts.removeGroups(record.cgroups);
        const ended = neverStarted(run.name, CANCELLED_BEFORE, true);
        attempts.set(run.name, ended);
        resolve(receiptOf(ended));
        return;
      }
      const isLimited = run.memoryMiB !== undefined && !cgroups.has('memory');
      const started = await startProcess(run, {
        dir: files.dirOf(run.name),
        cwd: run.cwd ?? files.workOf(run.name),
        groups: record.cgroups.map((dir) => join(dir, 'cgroup.procs')),
        record,
        addressKiB: isLimited ? run.memoryMiB! * 1_024 : undefined,
        boot,
      });
      reached('started', run.name);
      this.#parts.watch(run.name, record, started);
      resolve({ accepted: true });
      reached('answered', run.name);
    } catch (error) {
      this.#refuse(prepared, error);
    }
  }

  /** Nothing was started: all that was prepared goes again. */
  #refuse({ run, record, resolve, taken }: Prepared, error: unknown): void {
    const { code, message } = error as NodeJS.ErrnoException;
    const { room, attempts, files, log } = this.#parts;
    room.giveBack(record);
    this.#parts.removeGroups(record.cgroups);
    if (attempts.get(run.name) === taken) {
      attempts.delete(run.name);
      try {
        files.remove(run.name);
      } catch (other) {
        // Found by the next submit, which is then told that it was never started.
        log(`${run.name}: ${String(other)}`);
      }
    }
    resolve({ accepted: false, reason: `it could not be started: ${message}`, forGood: code === 'E2BIG' });
  }
}

/** Of what has been taken before: again the same, and never started again. */
function receiptOf(known: Attempt): Receipt {
  const isRefused = known.state === 'ended' && known.refused;
  return isRefused ? { accepted: false, reason: CANCELLED_BEFORE, forGood: true } : { accepted: true };
}

function refusalOfDirectory(cwd: string | undefined): { reason: string; forGood: boolean } | undefined {
  try {
    if (cwd === undefined || statSync(cwd).isDirectory()) return undefined;
  } catch {
    // Not there, or nothing that this user may see.
  }
  return { reason: `its working directory ${cwd} is no directory on this machine`, forGood: true };
}
