import type { Entry } from './entry.ts';
import { BoundedMap } from './eviction/bounded-map.ts';
import type { PolicyName } from './eviction/policy.ts';
import { keyName, namesOf } from './generations.ts';

/** About what an entry takes beside its bytes: the objects, and the index. */
const ENTRY_BYTES = 700;
const NAME_BYTES = 100;
/** Of one that has no tags, its own name and that of its namespace: what to add to a body, when only that is known. */
export const OVERHEAD_BYTES = ENTRY_BYTES + 2 * NAME_BYTES;

/** Entries in this process, bounded in bytes, with an index by tag and namespace. */
export class L1 {
  readonly #entries: BoundedMap<Entry>;
  /** Keys by the names they depend on. */
  readonly #dependents = new Map<string, Set<string>>();

  constructor(maxBytes: number, policy: PolicyName = 'lru') {
    this.#entries = new BoundedMap(maxBytes, policy, (entry, key) => this.#unlink(key, entry));
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  set(key: string, entry: Entry): void {
    // Not kept when it is too large or not worth its place, and then what was there before is gone too.
    if (this.#entries.set(key, entry, sizeOf(entry, key))) this.#link(key, entry);
  }

  /** Names as in `generations.ts`. */
  remove(names: Iterable<string>): void {
    for (const name of names) {
      for (const key of this.#dependents.get(name) ?? []) this.#entries.delete(key);
    }
  }

  clear(): void {
    this.#entries.clear();
  }

  get size(): { entries: number; bytes: number } {
    return { entries: this.#entries.size, bytes: this.#entries.bytes };
  }

  #link(key: string, entry: Entry): void {
    for (const name of [keyName(key), ...namesOf(entry)]) {
      const keys = this.#dependents.get(name);
      if (keys === undefined) this.#dependents.set(name, new Set([key]));
      else keys.add(key);
    }
  }

  #unlink(key: string, entry: Entry): void {
    for (const name of [keyName(key), ...namesOf(entry)]) {
      const keys = this.#dependents.get(name);
      keys?.delete(key);
      if (keys?.size === 0) this.#dependents.delete(name);
    }
  }
}

function sizeOf({ body, contentType, etag, tags, namespaces }: Entry, key: string): number {
  const names = tags.length + namespaces.length + 1;
  return body.length + 2 * (key.length + contentType.length + etag.length) + ENTRY_BYTES + NAME_BYTES * names;
}
