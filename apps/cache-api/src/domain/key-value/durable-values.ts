import type { Collection } from '../cache/collection.ts';
import type { Conditions, Value, ValueTable } from '../../ports/values.ts';
import type { WriteThrough } from '../write-through.ts';
import type { KeyValues, Put, Removed } from './key-values.ts';

/** Values of a namespace that are kept in the database, and cached. */
export class DurableValues implements KeyValues {
  readonly #collection: Collection;
  readonly #table: ValueTable;
  readonly #through: WriteThrough;

  constructor(collection: Collection, table: ValueTable, through: WriteThrough) {
    this.#collection = collection;
    this.#table = table;
    this.#through = through;
  }

  async put(key: string, value: Value, conditions: Conditions): Promise<Put> {
    const { loaded, version, wasThere } = await this.#table.put(key, value, conditions);
    const isCached = await this.#through.written(this.#collection, key, { loaded, version, others: {} });
    return { etag: loaded!.etag, wasThere, isCached };
  }

  async remove(key: string, conditions: Conditions): Promise<Removed> {
    const removed = await this.#table.remove(key, conditions);
    if (removed === undefined) return { wasThere: false, isCached: true };
    const { loaded, version } = removed;
    const isCached = await this.#through.written(this.#collection, key, { loaded, version, others: {} });
    return { wasThere: true, isCached };
  }
}
