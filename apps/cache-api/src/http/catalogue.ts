import type { Collection } from '../domain/cache/collection.ts';
import { parseId } from '../domain/resources/ids.ts';
import type { BoundResource } from '../domain/resources/bound.ts';
import type { Namespace } from '../domain/resources/resource.ts';
import type { KeyValues } from '../domain/key-value/key-values.ts';
import type { Writing } from '../domain/writing.ts';
import { checkKey, parseKey } from './keys.ts';

/** What is served under one name. */
export interface Shelf {
  collection: Collection;
  /** Whether bodies are JSON, as resources' are. */
  isJson: boolean;
  /** From the part of a URL, as it stands there. Throws what is wrong with it. */
  idOf: (text: string) => string;
  /** From a list: keys of values are named there as they are. */
  idIn: (text: string) => string;
}

export interface ResourceShelf extends Shelf {
  resource: BoundResource;
  /** Undefined: read only. */
  writing: Writing | undefined;
}

export interface NamespaceShelf extends Shelf {
  namespace: Namespace;
  values: KeyValues;
}

export interface Catalogue {
  resources: ReadonlyMap<string, ResourceShelf>;
  kv: ReadonlyMap<string, NamespaceShelf>;
}

export function resourceShelf(
  resource: BoundResource,
  collection: Collection,
  writing: Writing | undefined,
): ResourceShelf {
  const idOf = (text: string): string => parseId(resource, text).text;
  return { resource, collection, writing, isJson: true, idOf, idIn: idOf };
}

export function namespaceShelf(
  namespace: Namespace,
  collection: Collection,
  values: KeyValues,
): NamespaceShelf {
  return { namespace, collection, values, isJson: false, idOf: parseKey, idIn: checkKey };
}
