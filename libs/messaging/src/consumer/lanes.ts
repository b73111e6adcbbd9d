import type { HeldMessage } from './held-message.ts';

/**
 * Who may start when. Messages of a FIFO group go one after the other in the
 * order they came; everything else starts at once. A lane is one group's queue,
 * its head being the one that is handled.
 */
export class Lanes {
  readonly #lanes = new Map<string, HeldMessage[]>();

  /** How many are here but have not started, because their group's head is still being handled. */
  get waiting(): number {
    return this.#lanes.values().reduce((sum, lane) => sum + lane.length - 1, 0);
  }

  /** Whether another message of its group waits for this one, which is the head. */
  hasFollower(message: HeldMessage): boolean {
    const group = message.incoming.groupId;
    return group !== undefined && (this.#lanes.get(group)?.length ?? 0) > 1;
  }

  /** True when the message may start now. */
  enter(message: HeldMessage): boolean {
    const group = message.incoming.groupId;
    if (group === undefined) return true;
    const lane = this.#lanes.get(group);
    if (lane === undefined) {
      this.#lanes.set(group, [message]);
      return true;
    }
    lane.push(message);
    return false;
  }

  /** Call when the head is done for good: gives the next of its group, if any. */
  next(message: HeldMessage): HeldMessage | undefined {
    const group = message.incoming.groupId;
    if (group === undefined) return undefined;
    const lane = this.#lanes.get(group);
    if (lane?.[0] !== message) return undefined; // its lane was closed meanwhile
    lane.shift();
    if (lane.length === 0) this.#lanes.delete(group);
    return lane[0];
  }

  /** Call when the head will be retried: its followers must not overtake it and are handed back. */
  closeBehind(message: HeldMessage): HeldMessage[] {
    const group = message.incoming.groupId;
    const lane = group === undefined ? undefined : this.#lanes.get(group);
    if (group === undefined || lane?.[0] !== message) return [];
    this.#lanes.delete(group);
    return lane.slice(1);
  }

  /** Takes out all that have not started. */
  closeAllBehindHeads(): HeldMessage[] {
    return [...this.#lanes.values()].flatMap((lane) => lane.splice(1));
  }
}
