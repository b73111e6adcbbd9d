import { ProblemError } from '@groundwork/service';
import type { Catalogue, Shelf } from './catalogue.ts';
import type { CacheProblem } from './problems.ts';

const KINDS = {
  resources: { code: 'resource_not_found', what: 'resource' },
  kv: { code: 'namespace_not_found', what: 'namespace' },
} as const satisfies Record<keyof Catalogue, { code: CacheProblem; what: string }>;

/** What is served under a name of that kind. Throws a ProblemError, which says what there is. */
export function shelfOf<S extends Shelf>(
  kind: keyof Catalogue,
  shelves: ReadonlyMap<string, S>,
  name: string,
): S {
  const shelf = shelves.get(name);
  if (shelf !== undefined) return shelf;
  const { code, what } = KINDS[kind];
  const names = [...shelves.keys()].join(', ');
  throw new ProblemError<CacheProblem>(
    code,
    `There is no ${what} ${name}; ${names === '' ? 'none is declared' : `there are ${names}`}.`,
  );
}
