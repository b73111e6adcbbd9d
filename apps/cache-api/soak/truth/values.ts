import { Thing } from './thing.ts';

/** One key of a namespace. Its versions are counted here, as one writer writes it at a time. */
export class Value extends Thing {
  readonly namespace: 'scratch' | 'settings';
  readonly key: string;
  readonly tag: string;
  /** The newest that was begun to be written. */
  last = 0;
  /** By version, in ms of `performance.now()`. */
  readonly endsAt = new Map<number, number>();

  constructor(namespace: 'scratch' | 'settings', key: string, tag: string) {
    super(`${namespace}/${key}`, [namespace]);
    this.namespace = namespace;
    this.key = key;
    this.tag = tag;
    // What is volatile may go at any time, and nothing has been written yet.
    this.absentUpTo = namespace === 'scratch' ? Infinity : 0;
  }
}

const TAGS = 10;

/** Places for values; one whose newest write has an unknown end makes room for another, as it may still land. */
export class Values {
  readonly #namespace: 'scratch' | 'settings';
  readonly #prefix: string;
  readonly #places: Value[];
  #count = 0;

  constructor(namespace: 'scratch' | 'settings', prefix: string, places: number) {
    this.#namespace = namespace;
    this.#prefix = prefix;
    this.#places = Array.from({ length: places }, (_, at) => this.#make(at));
  }

  get all(): readonly Value[] {
    return this.#places;
  }

  replace(value: Value): void {
    const at = this.#places.indexOf(value);
    if (at !== -1) this.#places[at] = this.#make(at);
  }

  #make(at: number): Value {
    this.#count += 1;
    return new Value(this.#namespace, `${this.#prefix}${at}-${this.#count}`, `t${at % TAGS}`);
  }
}
