import type { AlarmKind, Job } from './job.ts';

interface Alarm {
  due: number;
  job: Job;
  kind: AlarmKind;
  /** Of two that are due at once, the one that was set first. */
  order: number;
}

/**
 * What is due when: a heap of what jobs have noted. The note is what counts: a job that takes it back, or moves it,
 * leaves an entry behind that nobody minds.
 */
export class Alarms {
  readonly #heap: Alarm[] = [];
  #order = 0;

  set(job: Job, kind: AlarmKind, due: number): void {
    job.alarms[kind] = due;
    this.#push({ due, job, kind, order: (this.#order += 1) });
  }

  clear(job: Job, ...kinds: AlarmKind[]): void {
    for (const kind of kinds) delete job.alarms[kind];
  }

  /** When the next one is due. */
  get next(): number | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || isNoted(first)) return first?.due;
      this.#pop();
    }
  }

  /** The next that is due by `now`; it is off from then on. */
  take(now: number): Alarm | undefined {
    const due = this.next;
    if (due === undefined || due > now) return undefined;
    const alarm = this.#pop();
    delete alarm.job.alarms[alarm.kind];
    return alarm;
  }

  #push(alarm: Alarm): void {
    const heap = this.#heap;
    let at = heap.push(alarm) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (isBefore(heap[above]!, alarm)) break;
      heap[at] = heap[above]!;
      at = above;
    }
    heap[at] = alarm;
  }

  #pop(): Alarm {
    const heap = this.#heap;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1]!, heap[below]!)) below += 1;
      if (isBefore(last, heap[below]!)) break;
      heap[at] = heap[below]!;
      at = below;
    }
    heap[at] = last;
    return first;
  }
}

const isNoted = ({ job, kind, due }: Alarm): boolean => job.alarms[kind] === due;

const isBefore = (a: Alarm, b: Alarm): boolean => a.due < b.due || (a.due === b.due && a.order < b.order);
