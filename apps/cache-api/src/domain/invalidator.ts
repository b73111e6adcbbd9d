import {
  StoreUnavailable,
  ValueTooLarge,
  type Condition,
  type Invalidation,
  type Refusal,
  type Store,
} from '../ports/store.ts';
import type { Entry } from './entry.ts';
import type { Forget, Local } from './cache/local.ts';

/** How others are told; rejects when they may not have been. */
export interface Announce<Told> {
  tell(what: Forget): Promise<void>;
  tellAndWait(what: Forget): Promise<Told>;
}

/** Caches beyond ours, of what has been invalidated here. */
export type Purge = (what: Forget) => Promise<void>;

export interface InvalidatorParts<Told> {
  store: Store;
  local: Local;
  announce: Announce<Told>;
  purge: Purge;
}

/** A write, as the cache sees it. */
export interface CachedWrite {
  key: string;
  /** To be put there; undefined: what is there goes. */
  entry: Entry | undefined;
  version: bigint;
  /** What else depends on it. */
  others: Forget;
  onlyIf?: Condition | undefined;
}

/** `removed`: that was asked for. `too-large`: what was there is gone. Refused: what is there is newer, or not what the condition asks for. */
export type Written = 'stored' | 'removed' | 'too-large' | Refusal;

/**
 * In this order: the store, this process, the others, the CDN. Each of them fills itself from the one before,
 * and would take the old value again if it were emptied first. Rejects when one of them may not have been
 * reached: then it has to be repeated, and nothing is lost by that.
 */
export class Invalidator<Told> {
  readonly #parts: InvalidatorParts<Told>;

  constructor(parts: InvalidatorParts<Told>) {
    this.#parts = parts;
  }

  async invalidate(what: Invalidation): Promise<void> {
    await this.#inStore(what, () => this.#parts.store.invalidate(what));
    await this.forget(what);
  }

  /** What the store has the new value of already. */
  async forget(what: Forget): Promise<void> {
    const { local, announce } = this.#parts;
    local.forget(what);
    await this.#told(() => announce.tell(what));
    await this.#purge(what);
  }

  /** Resolves when no live instance shows it any more. */
  async invalidateEverywhere(what: Invalidation): Promise<Told> {
    const { store, local, announce } = this.#parts;
    await this.#inStore(what, () => store.invalidate(what));
    local.forget(what);
    const told = await this.#told(() => announce.tellAndWait(what));
    await this.#purge(what);
    return told;
  }

  /** What a write of ours has changed. Nobody is told when its condition is not met. */
  async write({ key, entry, version, others, onlyIf }: CachedWrite): Promise<Written> {
    const { store, local, announce } = this.#parts;
    const touched = { ...others, keys: [...(others.keys ?? []), key] };
    const epoch = local.epoch;
    const written = await this.#inStore(touched, async (): Promise<Written> => {
      if (entry === undefined) {
        await store.invalidate({ ...touched, version });
        return 'removed';
      }
      const [outcome] = await Promise.all([
        this.#put(key, entry, onlyIf),
        store.invalidate({ ...others, version }),
      ]);
      return outcome;
    });
    if (written === 'condition') return written;
    const isCurrent = entry !== undefined && !local.isOver(epoch, key, entry);
    local.forget(touched);
    if (entry !== undefined && written === 'stored' && isCurrent) local.keep(key, entry, local.epoch);
    await this.#told(() => announce.tell(touched));
    await this.#purge(touched);
    return written;
  }

  /**
   * When the store does not answer, it may have done it all the same, and be away for long: what processes keep
   * goes at once, as far as they can be told, and all of it again when this is repeated.
   */
  async #inStore<T>(what: Forget, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const { local, announce } = this.#parts;
      local.forget(what);
      await announce.tell(what).catch(() => {}); // told again with the next attempt
      throw error;
    }
  }

  #purge(what: Forget): Promise<void> {
    return this.#told(() => this.#parts.purge(what));
  }

  async #put(key: string, entry: Entry, onlyIf: Condition | undefined): Promise<Written> {
    try {
      const outcome = await this.#parts.store.put(key, entry, onlyIf);
      return outcome.stored ? 'stored' : outcome.why;
    } catch (error) {
      if (error instanceof ValueTooLarge) return 'too-large';
      throw error;
    }
  }

  async #told<T>(tell: () => Promise<T>): Promise<T> {
    try {
      return await tell();
    } catch (error) {
      throw new StoreUnavailable('not everybody can be told', { cause: error });
    }
  }
}
