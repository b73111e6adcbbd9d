const FIRST = 1_024;

/** What an event is: a request, by where its answer came from, or a change. */
export const KINDS = { l1: 0, store: 1, source: 2, changedKey: 3, changedTag: 4, changedAll: 5 } as const;
export type Kind = (typeof KINDS)[keyof typeof KINDS];

export interface Event {
  kind: Kind;
  /** Ms since the epoch. */
  time: number;
  /** Of the key or the tag, 53 bits. */
  id: number;
  /** In bytes. */
  size: number;
  loadMs: number;
  /** Of the entry before this answer, in ms. */
  ageMs: number;
  /** Answers of this collection so far, sampled or not. */
  answers: number;
}

/** Events in order of time, as columns: 45 bytes each. */
export class Events {
  length = 0;
  kind = new Uint8Array(FIRST);
  time = new Float64Array(FIRST);
  id = new Float64Array(FIRST);
  size = new Float32Array(FIRST);
  loadMs = new Float32Array(FIRST);
  ageMs = new Float32Array(FIRST);
  answers = new Float64Array(FIRST);
  /** How often the same key was asked for again at once. */
  repeats = new Uint32Array(FIRST);

  push(event: Event): void {
    if (this.length === this.kind.length) this.#grow();
    const at = this.length;
    this.kind[at] = event.kind;
    this.time[at] = event.time;
    this.id[at] = event.id;
    this.size[at] = event.size;
    this.loadMs[at] = event.loadMs;
    this.ageMs[at] = event.ageMs;
    this.answers[at] = event.answers;
    this.repeats[at] = 0;
    this.length += 1;
  }

  isRequest(at: number): boolean {
    return this.kind[at]! <= KINDS.source;
  }

  /** Keeps those that the function says. */
  keep(isKept: (at: number) => boolean): void {
    let to = 0;
    for (let at = 0; at < this.length; at += 1) {
      if (!isKept(at)) continue;
      for (const column of this.#columns) column[to] = column[at]!;
      to += 1;
    }
    this.length = to;
  }

  dropOldest(count: number): void {
    for (const column of this.#columns) column.copyWithin(0, count, this.length);
    this.length -= count;
  }

  get #columns() {
    const { kind, time, id, size, loadMs, ageMs, answers, repeats } = this;
    return [kind, time, id, size, loadMs, ageMs, answers, repeats];
  }

  #grow(): void {
    const length = 2 * this.kind.length;
    const longer = <A extends Uint8Array | Uint32Array | Float32Array | Float64Array>(
      old: A,
      wider: A,
    ): A => {
      wider.set(old);
      return wider;
    };
    this.kind = longer(this.kind, new Uint8Array(length));
    this.time = longer(this.time, new Float64Array(length));
    this.id = longer(this.id, new Float64Array(length));
    this.size = longer(this.size, new Float32Array(length));
    this.loadMs = longer(this.loadMs, new Float32Array(length));
    this.ageMs = longer(this.ageMs, new Float32Array(length));
    this.answers = longer(this.answers, new Float64Array(length));
    this.repeats = longer(this.repeats, new Uint32Array(length));
  }
}
