import type { Urgency, Write } from '../ports/enforcer.ts';

/** How much later than a block that came up at the same time a write is due, in ms. */
const LATER: Readonly<Record<Urgency, number>> = { add: 0, remove: 500, tidy: 60_000 };

/** What is to be written, and since when: so that nothing waits for ever behind what is more urgent. */
export class Pending {
  #since = new Map<Urgency, number>();

  /** Which calls would have to be made, each with the time at which it is due. */
  wishes(writes: readonly Write[], now: number): Map<string, number> {
    const since = new Map<Urgency, number>();
    const wishes = new Map<string, number>();
    for (const { urgency, operation } of writes) {
      const at = this.#since.get(urgency) ?? now;
      since.set(urgency, at);
      const due = at + LATER[urgency];
      wishes.set(operation, Math.min(due, wishes.get(operation) ?? due));
    }
    this.#since = since;
    return wishes;
  }
}

export function mostUrgent(writes: readonly Write[], operation: string): Write | undefined {
  return writes
    .filter((write) => write.operation === operation)
    .toSorted((a, b) => LATER[a.urgency] - LATER[b.urgency])[0];
}
