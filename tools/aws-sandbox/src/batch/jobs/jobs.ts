import { hasContainer, isEnded, STATUSES, type Job, type Status } from './job.ts';

/** Where they are kept. */
export interface JobKeeper {
  /** Parents before their members. */
  load(): Job[];
  save(changed: Iterable<Job>, gone: Iterable<string>): void;
}

/** All jobs that are not forgotten, and what has to be known of them quickly. */
export class Jobs {
  readonly #store: JobKeeper;
  readonly #all = new Map<string, Job>();
  readonly #members = new Map<string, Job[]>();
  readonly #summaries = new Map<string, Record<Status, number>>();
  readonly #dependents = new Map<string, Set<string>>();
  /** RUNNABLE ones of each queue, first come first. */
  readonly #waiting = new Map<string, Set<string>>();
  readonly #occupying = new Set<Job>();
  /** vCPUs in use, by region and environment. */
  readonly #used = new Map<string, number>();
  readonly #changed = new Set<Job>();
  readonly #gone = new Set<string>();
  #seq = 0;

  constructor(store: JobKeeper) {
    this.#store = store;
    for (const job of store.load()) this.#index(job);
    for (const job of [...this.#all.values()].toSorted((a, b) => (a.runnableAt ?? 0) - (b.runnableAt ?? 0))) {
      if (job.status === 'RUNNABLE') this.#waitingIn(job.spec.queue).add(job.id);
    }
  }

  all(): Iterable<Job> {
    return this.#all.values();
  }

  find(id: string): Job | undefined {
    return this.#all.get(id);
  }

  /** Children of an array, nodes of a multi-node job, in the order of their index. */
  membersOf(parent: Job): readonly Job[] {
    return this.#members.get(parent.id) ?? [];
  }

  /** How many members have which status. */
  summaryOf(parent: Job): Readonly<Record<Status, number>> {
    return this.#summaries.get(parent.id) ?? none();
  }

  add(job: Omit<Job, 'seq'>): Job {
    const added: Job = { ...job, seq: (this.#seq += 1) };
    this.#index(added);
    this.#changed.add(added);
    return added;
  }

  remove(job: Job): void {
    for (const member of this.membersOf(job)) this.remove(member);
    job.alarms = {};
    this.#waitingIn(job.spec.queue).delete(job.id);
    this.#occupy(job, false);
    this.#all.delete(job.id);
    this.#members.delete(job.id);
    this.#summaries.delete(job.id);
    this.#changed.delete(job);
    this.#gone.add(job.id);
  }

  /** To be called with every change but that of the status. */
  touch(job: Job): void {
    if (this.#all.get(job.id) === job) this.#changed.add(job);
  }

  changeStatus(job: Job, status: Status): void {
    const summary = job.parent === undefined ? undefined : this.#summaries.get(job.parent);
    if (summary !== undefined) {
      summary[job.status] -= 1;
      summary[status] += 1;
    }
    job.status = status;
    const waiting = this.#waitingIn(job.spec.queue);
    if (status === 'RUNNABLE' && job.role !== 'node') waiting.add(job.id);
    else waiting.delete(job.id);
    this.#occupy(job, hasContainer(job));
    this.touch(job);
  }

  /** Those that a job is RUNNABLE in, whether they are still there or not. */
  queuesWithWaiting(): string[] {
    return [...this.#waiting].filter(([, ids]) => ids.size > 0).map(([queue]) => queue);
  }

  /** First come, first served. https://docs.aws.amazon.com/batch/latest/userguide/job_scheduling.html */
  headOf(queue: string): Job | undefined {
    const [id] = this.#waitingIn(queue);
    return id === undefined ? undefined : this.#all.get(id);
  }

  /** vCPUs in use in an environment. */
  vcpusIn(region: string, environment: string): number {
    return this.#used.get(`${region} ${environment}`) ?? 0;
  }

  occupying(): Iterable<Job> {
    return this.#occupying;
  }

  awaitEnd(of: string, dependent: Job): void {
    const dependents = this.#dependents.get(of) ?? new Set();
    this.#dependents.set(of, dependents.add(dependent.id));
  }

  /** Those that have waited for this; they are not told again. */
  dependentsOf(job: Job): Job[] {
    const ids = this.#dependents.get(job.id) ?? [];
    this.#dependents.delete(job.id);
    return [...ids].flatMap((id) => this.#all.get(id) ?? []);
  }

  /** Writes down what has changed since the last time: all of it or nothing. */
  save(): void {
    if (this.#changed.size + this.#gone.size === 0) return;
    this.#store.save(this.#changed, this.#gone);
    this.#changed.clear();
    this.#gone.clear();
  }

  #index(job: Job): void {
    this.#all.set(job.id, job);
    this.#seq = Math.max(this.#seq, job.seq);
    this.#occupy(job, hasContainer(job));
    if (job.parent === undefined) return;
    const members = this.#members.get(job.parent) ?? [];
    members[job.index ?? 0] = job;
    this.#members.set(job.parent, members);
    const summary = this.#summaries.get(job.parent) ?? none();
    summary[job.status] += 1;
    this.#summaries.set(job.parent, summary);
  }

  /** Room is that of a whole job: its nodes have none of their own. */
  #occupy(job: Job, does: boolean): void {
    if (job.role === 'node' || job.placement === undefined || this.#occupying.has(job) === does) return;
    const key = `${job.region} ${job.placement.environment}`;
    this.#used.set(key, (this.#used.get(key) ?? 0) + (does ? 1 : -1) * job.placement.vcpus);
    if (does) this.#occupying.add(job);
    else this.#occupying.delete(job);
  }

  #waitingIn(queue: string): Set<string> {
    const waiting = this.#waiting.get(queue) ?? new Set();
    this.#waiting.set(queue, waiting);
    return waiting;
  }
}

const none = (): Record<Status, number> =>
  Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<Status, number>;

export const areEnded = (jobs: readonly Job[]): boolean => jobs.every(isEnded);
