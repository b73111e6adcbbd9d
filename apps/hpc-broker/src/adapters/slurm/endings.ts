import type { Sighting } from '../../ports/engine.ts';
import type { AttemptDirectories } from './attempt-directories.ts';
import { hasEnded, judge, type Judgement } from './judge.ts';
import type { SlurmClient, SlurmJob } from './slurm-client.ts';
import { attemptOf } from '../array-groups.ts';

export interface EndingsOptions {
  client: SlurmClient;
  directories: AttemptDirectories;
  /**
   * How long after the order nothing of an attempt can be running any more on a node that Slurm has given up: what
   * runs there reads its orders every two seconds, if it sees the directory at all.
   */
  fenceMs?: number | undefined;
  /** How long a node's last word may take to be seen here: 60 s is what an NFS client may keep an old answer. */
  settleMs?: number | undefined;
}

const FENCE_MS = 15_000;
const SETTLE_MS = 60_000;
/** sacct is not asked more often than that for what squeue does not know any more. */
const ACCOUNTED_EVERY_MS = 5_000;

/** What has become of attempts, and what has to be done before that can be said. */
export class Endings {
  readonly #options: EndingsOptions;
  readonly #since = new Map<string, number>();
  readonly #ended = new Map<string, Sighting & { state: 'ended' }>();
  #accounted = new Map<string, SlurmJob[]>();
  #askedAt = -Infinity;
  #hasAccounting: boolean | undefined;

  constructor(options: EndingsOptions) {
    this.#options = options;
  }

  /** Asks for what squeue does not know any more. */
  async prepare(names: readonly string[], jobs: ReadonlyMap<string, readonly SlurmJob[]>): Promise<void> {
    const { client, directories } = this.#options;
    const missing = names.filter((name) => !jobs.has(name) && !this.#ended.has(name));
    if (missing.length === 0 || this.#hasAccounting === false) return;
    if (performance.now() - this.#askedAt < ACCOUNTED_EVERY_MS) return;
    const asked: string[] = [];
    for (const name of missing) if ((await directories.ordered(name)) !== undefined) asked.push(name);
    if (asked.length === 0) return;
    this.#askedAt = performance.now();
    const told = await client.accounted(asked);
    this.#hasAccounting = told !== undefined;
    this.#accounted = Map.groupBy((told ?? []).filter(hasEnded), attemptOf);
  }

  /**
   * `submitted`: whether Slurm has taken it, as far as this process knows, and before the list was made. Undefined:
   * nobody knows of it, so that submitting it is right; or it was forgotten.
   */
  async sightingOf(
    name: string,
    jobs: readonly SlurmJob[],
    submitted: 'no' | 'before' | 'since',
  ): Promise<Sighting | undefined> {
    const before = this.#ended.get(name);
    if (before !== undefined) return before;
    const { directories } = this.#options;
    if (!(await directories.has(name))) return undefined;
    if (submitted === 'since' && jobs.length === 0) return { state: 'submitted' };
    const needsClaim = jobs.length !== 1 || jobs.some((job) => hasEnded(job) || job.restarts > 0);
    const claim = needsClaim ? await directories.claim(name) : undefined;
    const known = jobs.length > 0 ? jobs : (this.#accounted.get(name) ?? []);
    // A broker may have died before it has submitted what it had prepared.
    if (known.length === 0 && claim === undefined && submitted === 'no') return undefined;
    const said = await this.#ours(name, await this.#settle(name, judge({ jobs: known, claim })));
    if (said.state === 'ended') {
      this.#ended.set(name, said);
      this.#since.delete(name);
      await this.#cancelRest(jobs, claim?.by === 'attempt' ? claim.slurmId : undefined);
    }
    return said;
  }

  /** What was cancelled because we have asked for it needs no reason. */
  async #ours(name: string, said: Sighting): Promise<Sighting> {
    if (said.state !== 'ended' || said.ending.by !== 'cancel' || said.ending.reason === undefined)
      return said;
    const ordered = await this.#options.directories.ordered(name);
    const isOurs = ordered?.order === 'cancel' || ordered?.order === 'scancel';
    return isOurs ? { ...said, ending: { by: 'cancel' } } : said;
  }

  /** Of which something is awaited. */
  unsettled(): string[] {
    return [...this.#since.keys()];
  }

  forget(name: string): void {
    this.#ended.delete(name);
    this.#since.delete(name);
    this.#accounted.delete(name);
  }

  notes(): string[] {
    return this.#hasAccounting === false
      ? [
          'Slurm has no accounting: of what ended minutes before anybody looked, only what the attempt itself wrote is known',
        ]
      : [];
  }

  async #settle(name: string, judgement: Judgement): Promise<Sighting> {
    const { fenceMs = FENCE_MS, settleMs = SETTLE_MS } = this.#options;
    if ('say' in judgement) {
      // What is awaited later is awaited anew.
      this.#since.delete(name);
      if ('requeued' in judgement) await this.#options.client.cancel([judgement.requeued.handle]);
      return judgement.say;
    }
    if ('fence' in judgement) return this.#fence(name, judgement.fence, fenceMs);
    if ('wait' in judgement) {
      const { node: host = 'Slurm', startedAt = new Date() } = judgement.wait;
      if (!this.#isOver(name, settleMs)) return { state: 'running', startedAt, host };
      return this.#fence(name, judgement.unless, 0);
    }
    if (!this.#isOver(name, settleMs)) return judgement.vanished;
    const { vanished } = judgement;
    const { startedAt, host } = vanished.state === 'running' ? vanished : {};
    const ending = { by: 'lost', reason: 'Slurm does not know it any more, and nobody saw its end' } as const;
    return this.#fence(
      name,
      { state: 'ended', ending, startedAt, endedAt: new Date(), host },
      settleMs + fenceMs,
    );
  }

  /** Once it is said that it has ended, nothing of it may have an effect any more. */
  async #fence(name: string, ended: Sighting & { state: 'ended' }, ms: number): Promise<Sighting> {
    const { directories } = this.#options;
    if (await directories.take(name, 'never')) {
      const { ending } = ended;
      const reason = 'reason' in ending && ending.reason !== undefined ? ending.reason : 'it never began';
      return { ...ended, ending: { by: 'never-started', reason } };
    }
    const ordered = await directories.ordered(name);
    if (ordered?.order !== 'fence') await directories.order(name, 'fence', ordered?.graceSeconds ?? 0);
    if (this.#isOver(name, ms)) return ended;
    const { startedAt = ended.endedAt, host = 'Slurm' } = ended;
    return { state: 'running', startedAt, host };
  }

  /** Since it was asked for the first time. */
  #isOver(name: string, ms: number): boolean {
    const now = performance.now();
    const since = this.#since.get(name) ?? now;
    this.#since.set(name, since);
    return now - since >= ms;
  }

  /** What was submitted twice would only find that out on a node. */
  async #cancelRest(jobs: readonly SlurmJob[], claimedBy: string | undefined): Promise<void> {
    const rest = jobs.filter((job) => job.id !== claimedBy && !hasEnded(job));
    if (rest.length > 0) await this.#options.client.cancel(rest.map(({ handle }) => handle));
  }
}
