import { InvalidateRequest, type InvalidateAnswer } from '@groundwork/contracts';
import { ProblemError, requireScope, validate } from '@groundwork/service';
import { Router } from 'express';
import { z } from 'zod';
import type { Told } from '../bus/broadcast.ts';
import { collectionOf, keyIn } from '../domain/cache/collection.ts';
import type { Invalidator } from '../domain/invalidator.ts';
import type { Catalogue } from './catalogue.ts';
import { toCacheProblem, type CacheProblem } from './problems.ts';

const Query = z.strictObject({ wait: z.enum(['all'], 'must be all, or left out').optional() });

export function invalidateRoutes(catalogue: Catalogue, invalidator: Invalidator<Told>): Router {
  const router = Router({ caseSensitive: true });
  router.post('/v1/invalidate', requireScope('cache:invalidate'), async (req, res) => {
    const { wait } = validate(Query, req.query, 'query');
    const { tags, namespaces, keys } = validate(InvalidateRequest, req.body, 'body');
    try {
      const what = { tags, namespaces: checked(catalogue, namespaces), keys: canonical(catalogue, keys) };
      const invalidated = { keys: keys.length, tags: tags.length, namespaces: namespaces.length };
      const waited = wait === 'all' ? await invalidator.invalidateEverywhere(what) : undefined;
      if (waited === undefined) await invalidator.invalidate(what);
      const answer: InvalidateAnswer = { invalidated, ...(waited === undefined ? {} : { waited }) };
      res.json(answer);
    } catch (error) {
      throw toCacheProblem(error);
    }
  });
  return router;
}

/** What is misspelt would be invalidated with no effect at all. */
function checked({ resources, kv }: Catalogue, namespaces: string[]): string[] {
  const unknown = namespaces.find((name) => !resources.has(name) && !kv.has(name));
  if (unknown === undefined) return namespaces;
  const names = [...resources.keys(), ...kv.keys()].join(', ');
  throw new ProblemError<CacheProblem>(
    'namespace_not_found',
    `There is no ${unknown}; there are ${names}. Nothing was invalidated.`,
  );
}

function canonical(catalogue: Catalogue, keys: string[]): string[] {
  return keys.map((key) => {
    if (!key.includes('/')) {
      throw new ProblemError('invalid_request', `"${key}" is no key: write name/id, as products/1.`);
    }
    const name = collectionOf(key);
    const [found] = checked(catalogue, [name]);
    const shelf = catalogue.resources.get(found!) ?? catalogue.kv.get(found!)!;
    return keyIn(shelf.collection, shelf.idIn(key.slice(name.length + 1)));
  });
}
