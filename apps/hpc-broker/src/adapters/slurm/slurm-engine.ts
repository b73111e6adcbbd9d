import type { Component, Logger } from '@groundwork/service';
import { takesOf } from '../../domain/jobs/takes.ts';
import type { Engine, Placement, Receipt, Sighting } from '../../ports/engine.ts';
import { readRange, sizeOf } from '../local/output-files.ts';
import { AttemptDirectories } from './attempt-directories.ts';
import { Endings } from './endings.ts';
import { JobLists } from './job-list.ts';
import { keepPolling, type Polling } from './polling.ts';
import { SlurmRoom } from './room.ts';
import type { Launcher } from './script.ts';
import { SlurmRefused, SlurmUnavailable, type SlurmClient } from './slurm-client.ts';
import { attemptOf, type Group } from '../array-groups.ts';
import { checkName, OK, orUnavailable } from '../of-others.ts';
import { submitGroups } from '../submit-groups.ts';
import { submissionOf } from './submission.ts';

export interface SlurmEngineOptions {
  name: string;
  client: SlurmClient;
  /** Absolute, and under the same path here and on all nodes. Of this engine alone. */
  directory: string;
  /** slurm/attempt.sh */
  wrapper: string;
  launcher: Launcher;
  /** That may be asked of Slurm at the same time; without it all of the partition. */
  mostCores?: number | undefined;
  pollMs: number;
  /** See EndingsOptions. */
  fenceMs?: number | undefined;
  settleMs?: number | undefined;
  logger: Logger;
}

export interface SlurmEngine extends Engine, Component {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  describe(): readonly string[];
}

/** squeue is not asked again for what it has said so lately. */
const YOUNG_MS = 500;
const SUBMITTED_AT_ONCE = 8;
/** Before a cancel that had no effect is repeated by other means, beyond the attempt's grace. */
const CANCEL_AGAIN_MS = 30_000;
/** For what Slurm would not take, and may take later. */
const REFUSED_FOR_MS = 10_000;

/**
 * Jobs of Slurm, of which each attempt is one, or one of an array. What Slurm is asked may be asked twice:
 * the attempt itself sees to it that it runs once (slurm/attempt.sh), and says how it ended.
 */
export function createSlurmEngine(options: SlurmEngineOptions): SlurmEngine {
  const { name, client, wrapper, launcher, logger } = options;
  const directories = new AttemptDirectories(options.directory);
  const room = new SlurmRoom(options.mostCores);
  const lists = new JobLists(client);
  const listeners = new Set<(names: readonly string[]) => void>();
  /** When Slurm has taken them, by performance.now(): of what a list that was asked for later says nothing, it knows nothing. */
  const submittedAt = new Map<string, number>();
  const cancelledAt = new Map<string, number>();
  const { fenceMs, settleMs } = options;
  const endings = new Endings({ client, directories, fenceMs, settleMs });
  let closed: { reason: string; until: number } | undefined;
  let submitting: Promise<unknown> = Promise.resolve();
  let polling: Polling | undefined;

  /** Undefined: Slurm is to be asked. */
  async function begin(placement: Placement): Promise<Receipt | undefined> {
    const one = placement.name;
    checkName(one, LONGEST_NAME);
    if (submittedAt.has(one)) return OK;
    const never = room.refusal(placement);
    if (never !== undefined) return { accepted: false, forGood: true, reason: never };
    const isNew = await directories.make(one);
    const before = isNew ? undefined : await heardOf(one);
    if (before !== undefined) return before;
    if (room.lacks(placement)) {
      if (isNew) await directories.remove(one);
      return { accepted: false, forGood: false, reason: `${name} has as much to do as it may` };
    }
    room.taken.take(one, takesOf(placement.spec));
    await directories.order(one, 'run', placement.spec.checkpoint?.graceSeconds ?? 0);
    return undefined;
  }

  /** Of what somebody has submitted, cancelled or brought files for: undefined when Slurm does not have it. */
  async function heardOf(one: string): Promise<Receipt | undefined> {
    const claim = await directories.claim(one);
    // Its end is told by `look`.
    if (claim?.by === 'broker' && claim.why === 'withdrawn') return OK;
    if (claim?.by === 'broker')
      return { accepted: false, forGood: true, reason: 'it was cancelled before it began' };
    if (claim !== undefined) return OK;
    if ((await directories.ordered(one)) === undefined) return undefined;
    const isThere = (await lists.get(0)).all.some((job) => attemptOf(job) === one);
    if (isThere) submittedAt.set(one, performance.now());
    return isThere ? OK : undefined;
  }

  /** Undefined with SlurmUnavailable thrown: nobody knows. */
  async function handOver(placements: Group): Promise<Receipt> {
    try {
      await client.submit(submissionOf(placements, { base: directories.base, wrapper, launcher }));
    } catch (error) {
      for (const one of placements) room.taken.giveBack(one.name);
      if (!(error instanceof SlurmRefused)) throw error;
      const { message: reason, forGood } = error;
      if (!forGood) closed = { reason, until: performance.now() + REFUSED_FOR_MS };
      await Promise.all(placements.map((one) => directories.remove(one.name)));
      return { accepted: false, forGood, reason };
    }
    const now = performance.now();
    for (const one of placements) {
      submittedAt.set(one.name, now);
      room.taken.taken(one.name);
    }
    polling?.soon();
    return OK;
  }

  async function look(names: readonly string[]): Promise<Map<string, Sighting>> {
    const seen = new Map<string, Sighting>();
    if (names.length === 0) return seen;
    const list = await lists.get(YOUNG_MS);
    const jobs = Map.groupBy(list.all, attemptOf);
    await endings.prepare(names, jobs);
    for (const one of new Set(names)) {
      const at = submittedAt.get(one);
      const submitted = at === undefined ? 'no' : at > list.askedAt ? 'since' : 'before';
      const sighting = await endings.sightingOf(one, jobs.get(one) ?? [], submitted);
      if (sighting === undefined) continue;
      seen.set(one, sighting);
      if (sighting.state === 'ended') room.taken.ended(one);
    }
    return seen;
  }

  async function cancelAll(names: readonly string[]): Promise<void> {
    const due = [...new Set(names)].filter((one) => {
      checkName(one, LONGEST_NAME);
      return performance.now() - (cancelledAt.get(one) ?? -Infinity) >= CANCEL_AGAIN_MS;
    });
    if (due.length === 0) return;
    const jobs = Map.groupBy((await lists.get(0)).all, attemptOf);
    const handles: string[] = [];
    for (const one of due) {
      if (await endsBySlurm(one)) handles.push(...(jobs.get(one) ?? []).map(({ handle }) => handle));
    }
    if (handles.length > 0) await client.cancel(handles);
    const now = performance.now();
    for (const one of due) cancelledAt.set(one, now);
    polling?.soon();
  }

  async function withdraw(names: readonly string[]): Promise<void> {
    const free: string[] = [];
    for (const one of names) {
      checkName(one, LONGEST_NAME);
      if ((await directories.take(one, 'withdrawn')) || (await isWithdrawn(one))) free.push(one);
    }
    if (free.length === 0) return;
    const withdrawn = new Set(free);
    const jobs = (await lists.get(0)).all.filter((job) => withdrawn.has(attemptOf(job)));
    // What is left of them there would find out on a node that it is not to begin.
    if (jobs.length > 0) await client.cancel(jobs.map(({ handle }) => handle));
    polling?.soon();
    tell(free);
  }

  /** By a broker that may have died before it has told Slurm. */
  async function isWithdrawn(one: string): Promise<boolean> {
    const claim = await directories.claim(one);
    return claim?.by === 'broker' && claim.why === 'withdrawn';
  }

  /** Whether Slurm is to end it; else it never begins, has ended, or ends itself. */
  async function endsBySlurm(one: string): Promise<boolean> {
    if (await directories.take(one, 'cancel')) return true;
    const claim = await directories.claim(one);
    if (claim?.by === 'broker' || claim?.end !== undefined) return false;
    const { order, graceSeconds } = (await directories.ordered(one)) ?? { order: 'run', graceSeconds: 0 };
    // Without a checkpoint Slurm's own way is the shorter one; with it the attempt gives itself the time.
    if (order === 'run' && graceSeconds > 0) {
      await directories.order(one, 'cancel', graceSeconds);
      return false;
    }
    const sinceMs = performance.now() - (cancelledAt.get(one) ?? Infinity);
    if (order === 'cancel' && sinceMs < graceSeconds * 1_000 + CANCEL_AGAIN_MS) return false;
    if (order !== 'fence') await directories.order(one, 'scancel', graceSeconds);
    return order !== 'fence';
  }

  function tell(names: readonly string[]): void {
    if (names.length > 0) for (const listener of listeners) listener(names);
  }

  return {
    name,
    kind: 'slurm',
    capacity() {
      if (closed !== undefined && performance.now() > closed.until) closed = undefined;
      const silent = polling?.problem;
      return room.capacity(silent === undefined ? closed?.reason : `Slurm does not answer: ${silent}`);
    },
    submit(placements) {
      const asked = submitting.then(() =>
        unavailable(() => submitGroups(placements, { begin, handOver, atOnce: SUBMITTED_AT_ONCE })),
      );
      submitting = asked.catch(() => undefined);
      return asked;
    },
    look: (names) => unavailable(() => look(names)),
    cancel: (names) => unavailable(() => cancelAll(names)),
    withdraw: (names) => unavailable(() => withdraw(names)),
    async forget(names) {
      for (const one of names) {
        checkName(one, LONGEST_NAME);
        await directories.remove(one);
        room.taken.giveBack(one);
        submittedAt.delete(one);
        cancelledAt.delete(one);
        endings.forget(one);
      }
    },
    known: () => directories.names(),
    output: (one, stream, from, maxBytes) => readRange(directories.output(one, stream), from, maxBytes),
    outputSize: async (one, stream) => sizeOf(directories.output(one, stream)),
    async workingDirectory({ name: one, spec }) {
      checkName(one, LONGEST_NAME);
      return spec.workingDirectory ?? directories.makeWork(one);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    describe: () => endings.notes(),
    async start() {
      polling = keepPolling({
        client,
        lists,
        room,
        everyMs: options.pollMs,
        isOurs: (one) => submittedAt.has(one),
        unsettled: () => endings.unsettled(),
        tell,
        logger,
      });
      // While Slurm does not answer, that is what its capacity says.
      if (!(await polling.first)) return;
      // What the broker before has left there.
      for (const job of (await lists.get(Infinity)).all) {
        const one = attemptOf(job);
        if (job.endedAt !== undefined || submittedAt.has(one) || !(await directories.has(one))) continue;
        room.taken.take(one, { cores: job.cores, memoryMiB: 0, gpus: 0 });
        room.taken.taken(one);
        submittedAt.set(one, performance.now());
      }
    },
    async stop() {
      await polling?.stop();
    },
  };
}

/** The longest name that a directory has here. */
const LONGEST_NAME = 200;

const unavailable = orUnavailable(SlurmUnavailable, SlurmRefused);
