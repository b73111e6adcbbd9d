import { readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { Receipt } from '../ports/engine.ts';
import type { AttemptFiles } from './attempt-files.ts';
import type { RunRecord } from './claim.ts';
import { neverStarted, seenOf, type Attempt, type Ended, type Running } from './attempt.ts';
import { ranOutOfMemory, type Cgroups } from './cgroups.ts';
import { EndAttempts } from './end-attempts.ts';
import { endingOf } from './ending.ts';
import { syncDirectory } from './files.ts';
import type { Reached } from './points.ts';
import type { Free, Run, Seen, SpawnerSettings } from './protocol.ts';
import { ask, CANCELLED_BEFORE, recover } from './recover.ts';
import { Room } from './room.ts';
import { StartAttempts } from './start-attempts.ts';
import type { Started } from './start-process.ts';

export interface SpawnerParts {
  stateDir: string;
  settings: SpawnerSettings;
  files: AttemptFiles;
  cgroups: Cgroups;
  boot: string;
  reached: Reached;
  /** Something has changed that a broker wants to know. */
  onChange: (name: string) => void;
  log: (message: string) => void;
}

/**
 * Starts attempts as processes, at most once per name, and watches them to their end. Its memory is what
 * runs and what has not been forgotten. All of it can be read again from the directories, so it may be
 * killed at any moment (see points.ts for what is true then).
 */
export class Spawner {
  readonly #parts: SpawnerParts;
  readonly #attempts = new Map<string, Attempt>();
  readonly #running = new Set<Running>();
  readonly #room = new Room();
  readonly #starting: StartAttempts;
  readonly #ending: EndAttempts;
  #settings: SpawnerSettings;

  constructor(parts: SpawnerParts) {
    this.#parts = parts;
    this.#settings = parts.settings;
    this.#ending = new EndAttempts({ ...parts, killAfterSeconds: parts.settings.killAfterSeconds });
    this.#starting = new StartAttempts({
      ...parts,
      room: this.#room,
      settings: () => this.#settings,
      attempts: this.#attempts,
      sync: () => this.#sync(),
      remember: (name) => this.#remember(name),
      watch: (name, record, started) => this.#watch(name, record, started),
      removeGroups: (groups) => this.#ending.removeGroups(groups),
    });
    this.configure(parts.settings);
    for (const name of readdirSync(join(parts.stateDir, 'attempts'))) this.#remember(name);
  }

  configure(settings: SpawnerSettings): void {
    this.#settings = settings;
    this.#room.resize({ cores: settings.slots, memoryMiB: settings.memoryMiB, gpus: settings.gpus });
    this.#ending.killAfterSeconds = settings.killAfterSeconds;
  }

  free(): Free {
    return this.#room.free();
  }

  names(): Iterable<string> {
    return this.#attempts.keys();
  }

  get isIdle(): boolean {
    return this.#running.size === 0 && this.#starting.isIdle && this.#ending.isIdle;
  }

  submit(runs: readonly Run[]): Promise<Receipt[]> {
    return Promise.all(runs.map((run) => this.#starting.submit(run)));
  }

  look(names: readonly string[]): Record<string, Seen> {
    return Object.fromEntries(
      names.flatMap((name) => {
        const attempt = this.#attempts.get(name);
        return attempt === undefined ? [] : [[name, seenOf(attempt)]];
      }),
    );
  }

  async cancel(names: readonly string[]): Promise<void> {
    let isNew = false;
    for (const name of names) {
      const attempt = this.#attempts.get(name);
      if (attempt === undefined) {
        this.#parts.files.take(name);
        this.#parts.files.seal(name, true, CANCELLED_BEFORE);
        this.#attempts.set(name, neverStarted(name, CANCELLED_BEFORE, true));
        isNew = true;
      } else if (attempt.state === 'running') this.#ending.end(attempt, { why: 'cancel', at: Date.now() });
      else if (attempt.state === 'taken') attempt.cancelled = true;
    }
    // A late submit must find the marker also after a power cut.
    if (isNew) await this.#sync();
  }

  forget(names: readonly string[]): void {
    for (const name of names) {
      const state = this.#attempts.get(name)?.state;
      if (state === 'taken' || state === 'running') continue;
      this.#parts.reached('forgetting', name);
      this.#parts.files.remove(name);
      this.#attempts.delete(name);
    }
  }

  /** `cancel`: with signals and graces. `lost`: killed at once. */
  endAll(why: 'cancel' | 'lost', reason?: string): void {
    for (const attempt of this.#attempts.values()) if (attempt.state === 'taken') attempt.cancelled = true;
    for (const running of this.#running) {
      if (running.mark?.why !== why) this.#ending.end(running, { why, reason, at: Date.now() });
    }
  }

  /** To be called some times a second: does what is due by now. */
  sweep(): void {
    for (const running of this.#running) {
      try {
        this.#mind(running);
      } catch (error) {
        // A full disk, for instance; it is due again with the next sweep.
        this.#parts.log(`${running.name}: ${String(error)}`);
      }
    }
    this.#ending.sweep();
  }

  #mind(running: Running): void {
    const before = running.record;
    const ended = running.adopted && ask(this.#parts.files, running, this.#parts.boot);
    if (running.record !== before) {
      this.#room.giveBack(before);
      this.#room.takeAgain(running.record);
    }
    if (ended !== undefined) this.#settle(running, ended);
    else if (
      running.mark === undefined &&
      performance.now() - running.since >= running.record.walltimeSeconds * 1_000
    ) {
      this.#ending.end(running, { why: 'walltime', at: Date.now() });
    } else this.#ending.goOn(running);
  }

  #remember(name: string): void {
    const attempt = recover(this.#parts.files, name, this.#parts.boot);
    this.#attempts.set(name, attempt);
    if (attempt.state !== 'running') return;
    this.#room.takeAgain(attempt.record);
    this.#running.add(attempt);
  }

  #watch(name: string, record: RunRecord, { pid, ended }: Started): void {
    const running: Running = {
      state: 'running',
      name,
      record,
      leader: pid,
      adopted: undefined,
      startedAt: Date.now(),
      since: performance.now(),
      mark: undefined,
      stage: undefined,
    };
    const before = this.#attempts.get(name);
    this.#attempts.set(name, running);
    this.#running.add(running);
    this.#parts.onChange(name);
    void ended
      .then(({ code, signal }) => this.#ended(running, code, signal))
      .catch((error: unknown) => {
        // Its files could not be read just now: it is asked about like what another spawner has started.
        this.#parts.log(`${name}: ${String(error)}`);
        running.adopted = { identity: undefined };
      });
    if (before?.state === 'taken' && before.cancelled) {
      this.#ending.end(running, { why: 'cancel', at: Date.now() });
    }
  }

  /** The wrapper has ended, so that nothing will be written any more. */
  #ended(running: Running, code: number | null, signal: NodeJS.Signals | null): void {
    const { files, reached } = this.#parts;
    const { name } = running;
    reached('ended', name);
    const claim = files.claim(name);
    if (claim?.by !== 'wrapper') {
      const reason = `its shell ended with ${signal ?? code} before the command was run`;
      this.#noted(name, () => files.sealForGone(name, reason));
      this.#settle(running, neverStarted(name, reason, false));
      return;
    }
    let { exit } = claim;
    if (exit === undefined) {
      // It was killed together with its command, or had no room to write the code and ended with it.
      const own = code ?? 128 + constants.signals[signal ?? 'SIGKILL'];
      this.#ending.killRest(running);
      this.#noted(name, () => files.writeExit(name, own));
      exit = own;
    }
    if (exit !== 0 && running.mark === undefined && ranOutOfMemory(running.record.cgroups)) {
      const mark = { why: 'memory' as const, at: Date.now(), since: performance.now() };
      running.mark = mark;
      this.#noted(name, () => files.mark(name, mark));
    }
    const ending = endingOf(running.mark, exit);
    const { startedAt } = running;
    this.#settle(running, { state: 'ended', name, ending, refused: false, startedAt, endedAt: Date.now() });
  }

  /** After a power cut an attempt that ran must not look as if it had never been submitted. */
  #sync(): Promise<void> {
    return syncDirectory(join(this.#parts.stateDir, 'attempts'));
  }

  /** For a later spawner only: when the disk is full this one knows it all the same. */
  #noted(name: string, write: () => unknown): void {
    try {
      write();
    } catch (error) {
      this.#parts.log(`${name}: ${String(error)}`);
    }
  }

  #settle(running: Running, ended: Ended): void {
    const { name, record } = running;
    if (running.mark !== undefined || ended.ending.by === 'lost') this.#ending.killRest(running);
    this.#running.delete(running);
    this.#room.giveBack(record);
    this.#ending.removeGroups(record.cgroups);
    this.#attempts.set(name, ended);
    this.#parts.onChange(name);
  }
}
