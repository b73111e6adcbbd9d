import type { Conditions } from '../ports/values.ts';
import type { Loaded } from '../ports/source.ts';
import type { Collection } from './cache/collection.ts';
import type { Change } from './change.ts';
import { effectsOf, type Watching } from './resources/effects.ts';
import type { Strategy } from './resources/resource.ts';
import type { WriteThrough } from './write-through.ts';

/** Column → value, as JSON has it. */
export type Fields = Readonly<Record<string, unknown>>;

export interface RowWritten {
  change: Change;
  /** undefined: it is deleted. */
  loaded: Loaded | undefined;
  version: bigint;
}

/** Rows of one declared table. Rejects with InvalidId, NotWritable, Rejected, ConditionFailed or SourceUnavailable. */
export interface RowTable {
  replace(id: string, fields: Fields, conditions: Conditions): Promise<RowWritten>;
  /** undefined: there is no such row. */
  patch(id: string, fields: Fields, conditions: Conditions): Promise<RowWritten | undefined>;
  remove(id: string, conditions: Conditions): Promise<RowWritten | undefined>;
}

export interface Outcome {
  /** As a read gives it; undefined: it is deleted. */
  loaded: Loaded | undefined;
  isNew: boolean;
  /** False: the cache is told as soon as it can be reached. */
  isCached: boolean;
}

/** Writes rows, and tells the cache: of the row, and of all entries of other resources that it touches. */
export class Writing {
  readonly #collection: Collection;
  readonly #strategy: Strategy;
  readonly #table: RowTable;
  readonly #through: WriteThrough;
  readonly #resources: readonly Watching[];

  constructor(
    collection: Collection,
    strategy: Strategy,
    parts: { table: RowTable; through: WriteThrough; resources: readonly Watching[] },
  ) {
    this.#collection = collection;
    this.#strategy = strategy;
    this.#table = parts.table;
    this.#through = parts.through;
    this.#resources = parts.resources;
  }

  async replace(id: string, fields: Fields, conditions: Conditions): Promise<Outcome> {
    return this.#tell(id, await this.#table.replace(id, fields, conditions));
  }

  async patch(id: string, fields: Fields, conditions: Conditions): Promise<Outcome | undefined> {
    const written = await this.#table.patch(id, fields, conditions);
    return written && this.#tell(id, written);
  }

  async remove(id: string, conditions: Conditions): Promise<Outcome | undefined> {
    const written = await this.#table.remove(id, conditions);
    return written && this.#tell(id, written);
  }

  async #tell(id: string, { change, loaded, version }: RowWritten): Promise<Outcome> {
    const { keys, tags, namespaces } = effectsOf(change, this.#resources);
    keys.delete(`${this.#collection.name}/${id}`);
    const others = { keys: [...keys], tags: [...tags], namespaces: [...namespaces] };
    const isPut = this.#strategy === 'write-through';
    const isCached = await this.#through.written(this.#collection, id, {
      loaded: isPut ? loaded : undefined,
      version,
      others,
    });
    return { loaded, isNew: change.kind === 'insert', isCached };
  }
}
