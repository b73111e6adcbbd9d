import { hash } from 'node:crypto';
import type { BoundResource } from '../../domain/resources/bound.ts';
import { parseId } from '../../domain/resources/ids.ts';
import type { Loaded, Source } from '../../ports/source.ts';
import { cancellable } from './cancellable.ts';
import { toSourceError } from './errors.ts';
import { loadSql } from './load-sql.ts';
import type { Pools } from './pools.ts';
import { toLoaded } from './row-sql.ts';

/** Entries of a declared table or query. Rejects with InvalidId too. */
export class ResourceSource implements Source {
  readonly #resource: BoundResource;
  readonly #pools: Pools;
  readonly #text: string;
  readonly #name: string;

  constructor(resource: BoundResource, pools: Pools) {
    this.#resource = resource;
    this.#pools = pools;
    this.#text = loadSql(resource);
    // Prepared once per connection. Its text is in its name, as a connection keeps one statement per name.
    this.#name = `load ${hash('sha256', this.#text, 'base64url')}`;
  }

  async load(ids: readonly string[], signal: AbortSignal): Promise<(Loaded | undefined)[]> {
    const values = ids.map((id) => parseId(this.#resource, id).values);
    const columns = this.#resource.key.map((_, at) => values.map((parts) => parts[at]!));
    const found: (Loaded | undefined)[] = ids.map(() => undefined);
    for (const [position, ...answer] of await this.#query(columns, signal)) {
      found[Number(position) - 1] = toLoaded(this.#resource, answer as (string | null)[]);
    }
    return found;
  }

  async #query(values: string[][], signal: AbortSignal) {
    const query = { name: this.#name, text: this.#text, values, rowMode: 'array' as const };
    try {
      return await cancellable(this.#pools, query, signal);
    } catch (error) {
      throw toSourceError(error, `Loading ${this.#resource.name}`);
    }
  }
}
