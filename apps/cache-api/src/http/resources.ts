import { ProblemError, requireScope, validate } from '@groundwork/service';
import { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import type { Outcome, Writing } from '../domain/writing.ts';
import type { Catalogue, ResourceShelf } from './catalogue.ts';
import { writeStatus } from './cache-headers.ts';
import { conditionsOf } from './conditions.ts';
import { toCacheProblem, type CacheProblem } from './problems.ts';
import { restOf } from './rest.ts';
import { shelfOf } from './shelf-of.ts';

const Fields = z.record(z.string(), z.unknown());

/** Writes. Reads are in reads.ts. */
export function resourceRoutes({ resources }: Catalogue): Router {
  const router = Router({ caseSensitive: true });
  const path = '/v1/resources/:name/:id';
  const scope = requireScope('cache:write');

  async function write(
    req: Request,
    res: Response,
    work: (writing: Writing, id: string) => Promise<Outcome | undefined>,
  ): Promise<void> {
    const shelf = shelfOf('resources', resources, String(req.params['name']));
    try {
      const id = shelf.idOf(restOf(req.path, 4));
      const outcome = await work(writingOf(shelf), id);
      if (outcome === undefined) {
        throw new ProblemError<CacheProblem>(
          'entry_not_found',
          `There is no ${shelf.collection.name}/${id}.`,
        );
      }
      answer(res, outcome);
    } catch (error) {
      throw toCacheProblem(error);
    }
  }

  router.put(path, scope, (req, res) =>
    write(req, res, (writing, id) =>
      writing.replace(id, validate(Fields, req.body, 'body'), conditionsOf(req)),
    ),
  );
  router.patch(path, scope, (req, res) =>
    write(req, res, (writing, id) =>
      writing.patch(id, validate(Fields, req.body, 'body'), conditionsOf(req)),
    ),
  );
  router.delete(path, scope, (req, res) =>
    write(req, res, (writing, id) => writing.remove(id, conditionsOf(req))),
  );
  return router;
}

function answer(res: Response, { loaded, isNew, isCached }: Outcome): void {
  res.set('cache-control', 'no-store').set('cache-status', writeStatus(isCached));
  if (loaded === undefined) {
    res.status(204).end();
    return;
  }
  res
    .status(isNew ? 201 : 200)
    .set('etag', loaded.etag)
    .type(loaded.contentType);
  res.send(Buffer.from(loaded.body));
}

function writingOf({ writing, collection }: ResourceShelf): Writing {
  if (writing !== undefined) return writing;
  throw new ProblemError<CacheProblem>(
    'read_only',
    `${collection.name} has no writable columns: declare some, with strategy cache-aside or write-through.`,
    { headers: { allow: 'GET, HEAD' } },
  );
}
