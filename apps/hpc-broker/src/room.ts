import { setTimeout as delay } from 'node:timers/promises';
import type { Component } from '@groundwork/service';
import type { Kysely } from 'kysely';
import { readWaiting } from './adapters/postgres/room.ts';
import type { ProjectRules } from './domain/sharing/project-file.ts';
import { num, plural } from './domain/planner/span.ts';
import { retryAfterSeconds, type Sample } from './domain/sharing/retry-after.ts';
import { QueueFull } from './submit.ts';

export interface RoomOptions {
  db: Kysely<unknown>;
  rulesOf: (project: string) => ProjectRules;
  /** Elements of all projects together that may wait. */
  maxQueued: number;
  everyMs?: number;
}

export interface Room extends Component {
  /** Throws QueueFull; else the elements count as waiting from now on. */
  check(project: string, elements: number): void;
}

const EVERY_MS = 500;
/** The next sample waits so many times as long as the last one took: counting a million must not become all we do. */
const REST = 10;
/** Of which the rate is taken: 10 s. */
const SAMPLES = 20;

/**
 * Whether more may wait. What waits is counted every half second, and what this process has accepted since
 * is added to that, so that asking costs nothing. Several brokers may together go beyond the limits, by what
 * each accepts within one sample.
 */
export function createRoom({ db, rulesOf, maxQueued, everyMs = EVERY_MS }: RoomOptions): Room {
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  let waiting = new Map<string, number>();
  /** Since the sample began that `waiting` comes from; and since the one began that is under way. */
  let accepted = new Map<string, number>();
  let fresh = accepted;
  let samples: (Sample & { byProject: ReadonlyMap<string, number> })[] = [];

  /** How long it took, in ms. */
  async function sample(): Promise<number> {
    const atMs = performance.now();
    // What comes while it is counted may be in the count as well, and what is not committed yet is not:
    // both only until the next one.
    fresh = new Map();
    try {
      waiting = await readWaiting(db);
    } catch {
      // The old count goes on counting. Whoever submits is told by the database itself that it is away.
      return 0;
    }
    accepted = fresh;
    samples = [...samples, { waiting: sum(waiting), atMs, byProject: waiting }].slice(-SAMPLES);
    return performance.now() - atMs;
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const rest = Math.max(everyMs, (await sample()) * REST);
      await delay(rest, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  function refuse(
    where: string,
    have: number,
    more: number,
    limit: number,
    history: readonly Sample[],
  ): never {
    throw new QueueFull(
      more > limit
        ? `${plural(more, 'element')} are more than the ${num(limit)} that may wait ${where}: submit them in smaller parts`
        : `${plural(have, 'element')} ${have === 1 ? 'waits' : 'wait'} ${where}, and ${num(limit)} may: ${num(more)} more ${more === 1 ? 'has' : 'have'} to come later`,
      retryAfterSeconds(history, have + more - limit),
    );
  }

  return {
    name: 'room',
    check(project, elements) {
      const own = (waiting.get(project) ?? 0) + (accepted.get(project) ?? 0);
      const limit = rulesOf(project).maxQueued ?? Infinity;
      if (own + elements > limit) {
        const history = samples.map(({ byProject, atMs }) => ({
          waiting: byProject.get(project) ?? 0,
          atMs,
        }));
        refuse(`in project ${project}`, own, elements, limit, history);
      }
      const all = sum(waiting) + sum(accepted);
      if (all + elements > maxQueued) refuse('in all', all, elements, maxQueued, samples);
      for (const since of new Set([accepted, fresh])) {
        since.set(project, (since.get(project) ?? 0) + elements);
      }
    },
    async start() {
      await sample();
      running = run();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

function sum(counts: ReadonlyMap<string, number>): number {
  let all = 0;
  for (const count of counts.values()) all += count;
  return all;
}
