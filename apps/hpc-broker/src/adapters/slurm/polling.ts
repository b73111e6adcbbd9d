import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@groundwork/service';
import type { JobList, JobLists } from './job-list.ts';
import { hasEnded } from './judge.ts';
import type { SlurmRoom } from './room.ts';
import type { SlurmClient } from './slurm-client.ts';
import { attemptOf } from '../array-groups.ts';

export interface PollingParts {
  client: Pick<SlurmClient, 'nodes'>;
  lists: JobLists;
  room: SlurmRoom;
  everyMs: number;
  /** Whether something is to be seen of an attempt. */
  isOurs: (name: string) => boolean;
  /** Of which something is awaited that no list will tell. */
  unsettled: () => readonly string[];
  tell: (names: readonly string[]) => void;
  logger: Logger;
}

export interface Polling {
  /** Whether Slurm has answered the first time. */
  first: Promise<boolean>;
  /** Why Slurm does not answer. */
  readonly problem: string | undefined;
  /** Something may change now. */
  soon(): void;
  stop(): Promise<void>;
}

const NODES_EVERY_MS = 10_000;

/** Asks Slurm for its jobs and nodes again and again, and tells of the attempts that look different from before. */
export function keepPolling(parts: PollingParts): Polling {
  const { client, lists, room, everyMs, isOurs, unsettled, tell, logger } = parts;
  const stopping = new AbortController();
  let problem: string | undefined;
  let looks = new Map<string, string>();
  let nodesAt = -Infinity;
  let isAwake = true;

  async function once(): Promise<void> {
    if (performance.now() - nodesAt > NODES_EVERY_MS) {
      room.nodes = await client.nodes();
      nodesAt = performance.now();
    }
    if (!isAwake) return;
    const list = await lists.get(0);
    room.taken.release(endedIn(list));
    const now = looksOf(list, isOurs);
    const names = new Set([...now.keys(), ...looks.keys()]);
    const changed = [...names].filter((name) => now.get(name) !== looks.get(name));
    looks = now;
    isAwake = now.size > 0 || changed.length > 0 || unsettled().length > 0;
    tell([...new Set([...changed, ...unsettled()])]);
    room.taken.looked();
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await delay(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      await tryOnce();
    }
  }

  async function tryOnce(): Promise<boolean> {
    try {
      await once();
      problem = undefined;
      return true;
    } catch (error) {
      const now = (error as Error).message;
      if (now !== problem) logger.warn({ error }, `Slurm does not answer: ${now}`);
      problem = now;
      return false;
    }
  }

  const first = tryOnce();
  const running = first.then(run);
  return {
    first,
    get problem() {
      return problem;
    },
    soon() {
      isAwake = true;
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** Of which nothing is left there that may run. */
function endedIn(list: JobList): (name: string, takenAt: number) => boolean {
  const open = new Set(list.all.filter((job) => !hasEnded(job)).map(attemptOf));
  return (name, takenAt) => takenAt < list.askedAt && !open.has(name);
}

/** What makes two looks at an attempt different. */
function looksOf(list: JobList, isOurs: (name: string) => boolean): Map<string, string> {
  const looks = new Map<string, string>();
  for (const job of list.all) {
    const name = attemptOf(job);
    if (!isOurs(name)) continue;
    looks.set(name, `${looks.get(name) ?? ''} ${job.id} ${job.state} ${job.reason} ${job.restarts}`);
  }
  return looks;
}
