import type { Entry } from '../entry.ts';
import { Epochs } from '../epochs.ts';
import { ANY_TAG, keyName, namesOf } from '../generations.ts';
import type { PolicyName } from '../eviction/policy.ts';
import { L1 } from '../l1.ts';

/** What is invalidated, as it goes over the bus. */
export interface Forget {
  keys?: readonly string[] | undefined;
  tags?: readonly string[] | undefined;
  namespaces?: readonly string[] | undefined;
}

/** What this process keeps for itself: entries, and the moments at which they were invalidated. */
export class Local {
  readonly #l1: L1;
  readonly #epochs = new Epochs();
  readonly #isGood: () => boolean;
  readonly #onForget: (what: Forget) => void;

  /** `isGood`: whether this process hears of all invalidations; while it does not, nothing of this is used. */
  constructor(
    maxBytes: number,
    isGood: () => boolean,
    policy: PolicyName = 'lru',
    onForget: (what: Forget) => void = () => {},
  ) {
    this.#l1 = new L1(maxBytes, policy);
    this.#isGood = isGood;
    this.#onForget = onForget;
  }

  /** Whether what is kept may be used now. */
  get isGood(): boolean {
    return this.#isGood();
  }

  /** For who has asked whether it may be used. Fresh or not. */
  peek(key: string): Entry | undefined {
    return this.#l1.get(key);
  }

  /** Fresh or not. */
  get(key: string): Entry | undefined {
    const entry = this.#l1.get(key);
    return entry !== undefined && this.#isGood() ? entry : undefined;
  }

  /** To be taken before the store or the source is asked. */
  get epoch(): number {
    return this.#epochs.now;
  }

  isOver(epoch: number, key: string, labels: Forget, more: readonly string[] = []): boolean {
    return this.#epochs.isOver(epoch, [keyName(key), ...namesOf(labels), ...more]);
  }

  /** False when it was invalidated since. */
  keep(key: string, entry: Entry, epoch: number): boolean {
    if (this.isOver(epoch, key, entry)) return false;
    this.#l1.set(key, entry);
    return true;
  }

  forget(what: Forget): void {
    const names = [...(what.keys ?? []).map(keyName), ...namesOf(what)];
    this.#epochs.end((what.tags ?? []).length > 0 ? [...names, ANY_TAG] : names);
    this.#l1.remove(names);
    this.#onForget(what);
  }

  forgetAll(): void {
    this.#epochs.endAll();
    this.#l1.clear();
  }

  get size(): { entries: number; bytes: number } {
    return this.#l1.size;
  }
}
