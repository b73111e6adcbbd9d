/** What lies under a key: `mark` changes with every write, and is empty when there is nothing at all. */
export interface Slot {
  bytes: Buffer | undefined;
  mark: string;
}

export interface Read {
  slots: Slot[];
  generations: (string | undefined)[];
}

/** Why a lease is wanted: nothing is there, something that is still shown, or something that is not. */
export type Need = 'missing' | 'stale' | 'invalid';

export type Taken = { won: string } | { heldMs: number } | 'changed';

/**
 * What the stores do differently: single commands and what has to be atomic. Keys and names are those
 * of `slotName`. Calls of one tick go out together. All reject with StoreUnavailable.
 */
export interface Wire {
  read(key: string): Promise<Slot>;
  /** Entries and generations at once, in order. */
  readAll(keys: readonly string[], names: readonly string[]): Promise<Read>;
  /** Gives the lease to one asker, and only if the slot still is what was seen. */
  take(key: string, seen: Slot, need: Need, leaseMs: number): Promise<Taken>;
  /** False when the lease does not hold any more. */
  fill(key: string, token: string, bytes: Buffer, ttlMs: number): Promise<boolean>;
  release(key: string, token: string): Promise<void>;
  /** False when the slot is not what was seen. Voids leases. */
  replace(key: string, seen: Slot, bytes: Buffer, ttlMs: number): Promise<boolean>;
  /** Removes what is there, and leases. */
  remove(key: string): Promise<void>;

  generation(name: string): Promise<string | undefined>;
  /** The one that is there, or else `fresh`, which is there then. */
  keepGeneration(name: string, fresh: string): Promise<string>;
  /** False when it is not `seen` any more. */
  swapGeneration(name: string, seen: string | undefined, next: string): Promise<boolean>;
  removeGeneration(name: string): Promise<void>;

  /** How many bytes a record under this key may have. */
  room(key: string): number;
  check(): Promise<void>;
  close(): Promise<void>;
}

/** For a wire that has no way to read several at once: what is sent in one tick goes out together. */
export async function readEach(
  wire: Pick<Wire, 'read' | 'generation'>,
  keys: readonly string[],
  names: readonly string[],
): Promise<Read> {
  const [slots, generations] = await Promise.all([
    Promise.all(keys.map((key) => wire.read(key))),
    Promise.all(names.map((name) => wire.generation(name))),
  ]);
  return { slots, generations };
}
