import { TIMES } from '../catalogue.ts';
import { Floors } from './floors.ts';

/** Of the newest events; older ones explain nothing any more. */
const KEPT = 60;

/** Who has told that something is so, and whether that holds everywhere at once. */
export interface Promised {
  instance: string;
  /** When it was told, in ms of `performance.now()`. */
  at: number;
  isEverywhere?: boolean;
}

/**
 * A row or value, as it is known from those who wrote it: the newest version that is certain, and by view (the
 * collection through which it is seen) what must not be shown any more. A deletion is a version, too.
 */
export class Thing {
  readonly name: string;
  /** The newest that is certainly committed. */
  known = 0;
  /** The newest version in which it may be absent; Infinity: whenever it likes. */
  absentUpTo = -1;
  /** Somebody writes it who needs to be alone. */
  isBusy = false;
  /** By view: what was seen last, for conditional requests. */
  readonly seen = new Map<string, { etag: string; version: number }>();
  readonly #floors: Map<string, Floors>;
  readonly #history: string[] = [];

  constructor(name: string, views: readonly string[]) {
    this.name = name;
    this.#floors = new Map(views.map((view) => [view, new Floors()]));
  }

  get views(): string[] {
    return [...this.#floors.keys()];
  }

  learn(version: number, how: string): void {
    if (version > this.known) this.known = version;
    this.note(`committed ${version}: ${how}`);
  }

  /** Of what was acknowledged; in `views` nothing older may be shown. */
  promise(views: readonly string[], version: number, { instance, at, isEverywhere }: Promised): void {
    const from = isEverywhere === true ? at : at + TIMES.l1MaxStale;
    for (const view of views) this.#floors.get(view)!.raise(version, { instance, from });
    this.note(
      `promised ${version} in ${views.join(', ')} by ${instance}${isEverywhere === true ? ', everywhere' : ''}`,
    );
  }

  /** The stream's leader has told the server that it is done with this. */
  confirm(version: number, at: number): void {
    for (const floors of this.#floors.values()) floors.raise(version, { from: at + TIMES.l1MaxStale });
    this.note(`confirmed ${version} by the stream`);
  }

  floor(view: string, instance: string): number {
    return this.#floors.get(view)!.of(instance, performance.now());
  }

  note(what: string): void {
    this.#history.push(`${new Date().toISOString().slice(11, 23)} ${what}`);
    if (this.#history.length > KEPT) this.#history.shift();
  }

  get history(): readonly string[] {
    return this.#history;
  }
}
