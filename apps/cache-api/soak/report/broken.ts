import type { Thing } from '../truth/thing.ts';

/** More of them say nothing new. */
const MOST_SHOWN = 25;

/** What must not have happened. */
export class Broken {
  #count = 0;
  readonly #kinds = new Map<string, number>();
  readonly #shown: string[] = [];
  readonly #phase: () => string;
  /** Told at once of the first ones. */
  readonly #tell: (line: string) => void;

  constructor(phase: () => string, tell: (line: string) => void) {
    this.#phase = phase;
    this.#tell = tell;
  }

  add(kind: string, what: string, thing?: Thing): void {
    this.#count += 1;
    this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1);
    if (this.#shown.length >= MOST_SHOWN) return;
    const at = new Date().toISOString().slice(11, 23);
    const history =
      thing === undefined ? '' : `\n    ${thing.name}:\n      ${thing.history.join('\n      ')}`;
    const line = `${at} [${this.#phase()}] ${kind}: ${what}`;
    this.#tell(line);
    this.#shown.push(`${line}${history}`);
  }

  get count(): number {
    return this.#count;
  }

  get text(): string {
    const kinds = [...this.#kinds].map(([kind, count]) => `${count} × ${kind}`).join(', ');
    return this.#count === 0 ? '' : `${this.#shown.join('\n')}\n${kinds}`;
  }
}
