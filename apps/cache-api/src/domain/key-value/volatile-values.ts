import { checkConditions, ConditionFailed, etagOf } from '../conditions.ts';
import type { Clock } from '../cache/clock.ts';
import { keyIn, type Collection } from '../cache/collection.ts';
import type { Entry } from '../entry.ts';
import { ValueTooLarge, type Condition } from '../../ports/store.ts';
import type { Conditions, Value } from '../../ports/values.ts';
import type { Invalidator } from '../invalidator.ts';
import type { KeyValues, Put, Removed } from './key-values.ts';

/** How long it is remembered, in ms, that a value with conditions was deleted. */
const GONE_MS = 1_000;

/** Values of a namespace for which the store is all there is. */
export class VolatileValues implements KeyValues {
  readonly #collection: Collection;
  readonly #invalidator: Invalidator<unknown>;
  readonly #clock: Clock;

  constructor(collection: Collection, invalidator: Invalidator<unknown>, clock: Clock) {
    this.#collection = collection;
    this.#invalidator = invalidator;
    this.#clock = clock;
  }

  async put(key: string, value: Value, conditions: Conditions): Promise<Put> {
    const { name, visibility, policy } = this.#collection;
    const now = this.#clock.now();
    const freshUntil = now + (value.ttlMs ?? policy.ttlMs);
    const entry: Entry = {
      body: value.body,
      contentType: value.contentType,
      etag: etagOf(value.body),
      storedAt: now,
      freshUntil,
      staleUntil: freshUntil,
      tags: value.tags,
      namespaces: [name],
      version: 0n,
      visibility,
      isAbsent: false,
      loadMs: 0,
    };
    let wasThere = false;
    await this.#write(key, entry, conditions, (there) => {
      wasThere = there;
    });
    return { etag: entry.etag, wasThere, isCached: true };
  }

  async remove(key: string, conditions: Conditions): Promise<Removed> {
    const { name, visibility } = this.#collection;
    const now = this.#clock.now();
    const nothing: Entry = {
      body: new Uint8Array(),
      contentType: '',
      etag: '',
      storedAt: now,
      freshUntil: now + GONE_MS,
      staleUntil: now + GONE_MS,
      tags: [],
      namespaces: [name],
      version: 0n,
      visibility,
      isAbsent: true,
      loadMs: 0,
    };
    let wasThere = false;
    await this.#write(key, nothing, conditions, (there) => {
      wasThere = there;
    });
    return { wasThere, isCached: true };
  }

  async #write(
    key: string,
    entry: Entry,
    conditions: Conditions,
    tell: (wasThere: boolean) => void,
  ): Promise<void> {
    let failed: unknown;
    const onlyIf: Condition = (there) => {
      const etag = there === undefined || there.isAbsent ? undefined : there.etag;
      tell(etag !== undefined);
      try {
        checkConditions(conditions, etag);
        return true;
      } catch (error) {
        failed = error;
        return false;
      }
    };
    const written = await this.#invalidator.write({
      key: keyIn(this.#collection, key),
      entry,
      version: 0n,
      others: {},
      onlyIf,
    });
    if (written === 'condition' && failed instanceof ConditionFailed) throw failed;
    if (written === 'too-large') throw new ValueTooLarge('it does not fit into the store');
  }
}
