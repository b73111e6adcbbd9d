import type { AttemptFiles } from './attempt-files.ts';
import type { EndMark } from './claim.ts';
import type { Running } from './attempt.ts';
import { killGroup, removeGroup } from './cgroups.ts';
import { stageOf } from './ending.ts';
import { isAlive } from './identity.ts';
import type { Reached } from './points.ts';
import { killMarked, signalGroup, signalHandlers } from './processes.ts';

/** SIGKILL is repeated until nobody is left, in ms. */
const KILL_AGAIN_MS = 1_000;

/** Ends attempts: first the mark on disk, which a later spawner goes on from, then signal after signal. */
export class EndAttempts {
  readonly #files: AttemptFiles;
  readonly #boot: string;
  readonly #reached: Reached;
  readonly #log: (message: string) => void;
  readonly #killedAt = new WeakMap<Running, number>();
  readonly #groups = new Set<string>();
  killAfterSeconds: number;

  constructor(parts: {
    files: AttemptFiles;
    boot: string;
    reached: Reached;
    log: (message: string) => void;
    killAfterSeconds: number;
  }) {
    this.#files = parts.files;
    this.#boot = parts.boot;
    this.#reached = parts.reached;
    this.#log = parts.log;
    this.killAfterSeconds = parts.killAfterSeconds;
  }

  /** The first reason stays, except that what has lost its broker gets no grace. */
  end(running: Running, mark: EndMark): void {
    if (running.mark !== undefined && mark.why !== 'lost') return;
    // It is over, only that nobody has seen it yet.
    if (this.#isOver(running.name)) return;
    running.mark = { ...mark, since: performance.now() };
    try {
      this.#files.mark(running.name, mark);
    } catch (error) {
      // A full disk keeps nothing from being ended; only a later spawner would not know why it was.
      this.#log(`${running.name}: ${String(error)}`);
    }
    this.#reached('marked', running.name);
    this.goOn(running);
    this.#reached('signalled', running.name);
  }

  /** Sends what is due by now; nothing to what has no mark. */
  goOn(running: Running): void {
    const { mark, record, stage, leader } = running;
    if (mark === undefined) return;
    const now = performance.now();
    const next = stageOf(mark.why, record.checkpoint, this.killAfterSeconds, now - mark.since);
    if (next === 'kill') {
      if (now - (this.#killedAt.get(running) ?? -Infinity) < KILL_AGAIN_MS) return;
      this.#killedAt.set(running, now);
      if (leader !== undefined && this.#isOurs(running)) signalGroup(leader, 'SIGKILL');
      this.killRest(running);
    } else if (next !== stage && leader !== undefined && this.#isOurs(running)) {
      if (next === 'term') signalGroup(leader, 'SIGTERM');
      else if (record.checkpoint !== undefined) signalHandlers(leader, record.checkpoint.signal);
    }
    running.stage = next;
  }

  /** All that it has started, wherever that is, also when its leader is gone. */
  killRest({ record, name }: Running): void {
    const [group] = record.cgroups;
    if (group === undefined) killMarked(`GROUNDWORK_SCRATCH=${this.#files.workOf(name)}`);
    else killGroup(group);
  }

  /** Kills who is left in them; they are gone at once or with a later sweep. */
  removeGroups(groups: readonly string[]): void {
    for (const dir of groups) {
      // Most are empty by now.
      if (removeGroup(dir)) continue;
      killGroup(dir);
      this.#groups.add(dir);
    }
  }

  /** Nobody is left in any of them. */
  get isIdle(): boolean {
    return this.#groups.size === 0;
  }

  sweep(): void {
    for (const dir of this.#groups) {
      killGroup(dir);
      if (removeGroup(dir)) this.#groups.delete(dir);
    }
  }

  /** It cannot be told when there are no files to be had; then it is ended. */
  #isOver(name: string): boolean {
    try {
      const claim = this.#files.claim(name);
      return claim?.by === 'wrapper' && claim.exit !== undefined;
    } catch (error) {
      this.#log(`${name}: ${String(error)}`);
      return false;
    }
  }

  /** A child keeps its number until its end is told here; of any other process the start time has to agree. */
  #isOurs({ adopted }: Running): boolean {
    if (adopted === undefined) return true;
    return adopted.identity !== undefined && isAlive(adopted.identity, this.#boot);
  }
}
