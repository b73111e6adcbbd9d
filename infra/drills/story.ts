import type { Report } from './report.ts';
import type { Simulation } from './simulation.ts';

/** What happens in a drill, with short names for what has long ids. */
export class Story {
  readonly #simulation: Simulation;
  readonly #names = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  readonly #lines: { at: number; what: string }[] = [];
  #disaster: number | undefined;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  tell(what: string): void {
    const short = what.replaceAll(/\b(i|vol|snap|eipalloc)-0[0-9a-f]{16}\b/g, (id, kind: string) =>
      this.#name(id, kind),
    );
    if (this.#lines.at(-1)?.what !== short) this.#lines.push({ at: this.#simulation.now, what: short });
  }

  /** From here on seconds are counted. */
  disaster(what: string): void {
    this.#disaster = this.#simulation.now;
    this.tell(what);
  }

  timeline(): Report['timeline'] {
    const zero = this.#disaster ?? this.#lines[0]?.at ?? 0;
    return this.#lines.map(({ at, what }) => ({ second: (at - zero) / 1_000, what }));
  }

  #name(id: string, kind: string): string {
    const known = this.#names.get(id);
    if (known !== undefined) return known;
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    const name = `${kind}-${count}`;
    this.#names.set(id, name);
    return name;
  }
}
