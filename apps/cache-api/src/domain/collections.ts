import type { Source } from '../ports/source.ts';
import type { Collection } from './cache/collection.ts';
import type { Policy } from './policy.ts';
import { rowTags, tagsBeforeLoad, type BoundResource } from './resources/bound.ts';
import { parseId } from './resources/ids.ts';
import type { Namespace } from './resources/resource.ts';

export function resourceCollection(resource: BoundResource, source: Source): Collection {
  const { name, policy, visibility, tags } = resource.declaration;
  const hasMoreTags = rowTags(resource).length > 0;
  const tagsOf = (id: string): readonly string[] => tagsBeforeLoad(resource, parseId(resource, id).values);
  const none: readonly string[] = [];
  return { name, policy, visibility, source, hasMoreTags, tagsOf: tags.length === 0 ? () => none : tagsOf };
}

/** Values carry the tags that their client gave them. */
export function namespaceCollection(namespace: Namespace, source: Source | undefined): Collection {
  const { name, visibility } = namespace;
  const policy = namespace.kind === 'postgres' ? namespace.policy : volatilePolicy(namespace.ttlMs);
  return { name, policy, visibility, source, hasMoreTags: true, tagsOf: () => [] };
}

/** What is put lives as long as it is said; there is nothing to load. */
function volatilePolicy(ttlMs: number): Policy {
  const none = { jitter: 0, swrMs: 0, graceMs: 0, negativeTtlMs: 0, earlyRefresh: 0 };
  return { ttlMs, ...none, refreshAhead: undefined, softTimeoutMs: 0, hardTimeoutMs: 0 };
}
