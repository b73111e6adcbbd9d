import type { ValuePut } from '@groundwork/contracts';
import { ProblemError, requireScope } from '@groundwork/service';
import express, { Router, type Request, type Response } from 'express';
import { Duration } from '../domain/resources/units.ts';
import { fitsTag } from '../domain/resources/tags.ts';
import type { Value } from '../ports/values.ts';
import type { Catalogue, NamespaceShelf } from './catalogue.ts';
import { conditionsOf } from './conditions.ts';
import { writeStatus } from './cache-headers.ts';
import { toCacheProblem, type CacheProblem } from './problems.ts';
import { restOf } from './rest.ts';
import { shelfOf } from './shelf-of.ts';
import type { FillByClient } from './leases.ts';

const PATH = '/v1/kv/:namespace/*key';
const MOST_TAGS = 48;

/** Writes of key–value namespaces, of any content type. Reads are in reads.ts. */
export function valueRoutes({ kv }: Catalogue, fillByClient: FillByClient): Router {
  const router = Router({ caseSensitive: true });
  const scope = requireScope('cache:write');
  const largest = Math.max(0, ...[...kv.values()].map(({ namespace }) => namespace.maxBytes));
  const body = express.raw({ type: () => true, limit: largest });

  router.put(PATH, scope, body, async (req: Request, res: Response) => {
    const shelf = namespaceOf(kv, req);
    try {
      const key = shelf.idOf(restOf(req.path, 4));
      const value = valueOf(req, shelf);
      const lease = req.get('cache-lease');
      if (lease !== undefined) {
        if (shelf.namespace.kind !== 'volatile' || req.get('if-match') !== undefined) {
          throw new ProblemError(
            'invalid_request',
            'Cache-Lease is for volatile namespaces, and without If-Match: the lease is the condition.',
          );
        }
        const etag = await fillByClient(shelf, key, value, lease);
        res
          .set('etag', etag)
          .status(201)
          .json({ etag, created: true, cached: true } satisfies ValuePut);
        return;
      }
      const put = await shelf.values.put(key, value, conditionsOf(req));
      const answer: ValuePut = { etag: put.etag, created: !put.wasThere, cached: put.isCached };
      res
        .status(put.wasThere ? 200 : 201)
        .set('etag', put.etag)
        .json(answer);
    } catch (error) {
      throw toCacheProblem(error);
    }
  });

  router.delete(PATH, scope, async (req: Request, res: Response) => {
    const shelf = namespaceOf(kv, req);
    try {
      const key = shelf.idOf(restOf(req.path, 4));
      const { wasThere, isCached } = await shelf.values.remove(key, conditionsOf(req));
      if (!wasThere) {
        throw new ProblemError<CacheProblem>(
          'entry_not_found',
          `There is no ${shelf.collection.name}/${key}.`,
        );
      }
      res.set('cache-status', writeStatus(isCached));
      res.status(204).end();
    } catch (error) {
      throw toCacheProblem(error);
    }
  });
  return router;
}

export function namespaceOf(kv: Catalogue['kv'], req: Request): NamespaceShelf {
  return shelfOf('kv', kv, String(req.params['namespace']));
}

function valueOf(req: Request, { namespace }: NamespaceShelf): Value {
  const bytes: unknown = req.body;
  const body = Buffer.isBuffer(bytes) ? bytes : Buffer.alloc(0);
  if (body.length > namespace.maxBytes) {
    throw new ProblemError<CacheProblem>(
      'value_too_large',
      `A value in ${namespace.name} has ${namespace.maxBytes} bytes at most (maxBytes), and this one has ${body.length}.`,
    );
  }
  const contentType = req.get('content-type') ?? 'application/octet-stream';
  return { body, contentType, tags: tagsIn(req.query['tags']), ttlMs: ttlIn(req.query['ttl'], namespace) };
}

/** `?tags=a,b` */
export function tagsIn(given: unknown): string[] {
  if (given === undefined) return [];
  const tags = asText(given).split(',');
  const wrong = tags.find((tag) => !fitsTag(tag));
  if (wrong !== undefined || tags.length > MOST_TAGS) {
    const why =
      wrong === undefined
        ? `There are ${MOST_TAGS} tags at most.`
        : `"${wrong}" is no tag: up to 256 printable ASCII characters without spaces, commas and #.`;
    throw new ProblemError<CacheProblem>('invalid_tags', `${why} Write them as ?tags=a,b.`);
  }
  return [...new Set(tags)];
}

/** `?ttl=10m` */
function ttlIn(given: unknown, namespace: NamespaceShelf['namespace']): number | undefined {
  if (given === undefined) return namespace.kind === 'volatile' ? namespace.ttlMs : undefined;
  const parsed = Duration.safeParse(given);
  const wrong = (why: string) =>
    new ProblemError<CacheProblem>('invalid_ttl', `ttl=${asText(given)}: ${why}. Write it as ?ttl=10m.`);
  if (!parsed.success) throw wrong(parsed.error.issues[0]?.message ?? 'is not valid');
  if (parsed.data <= 0) throw wrong('must be longer than nothing');
  if (parsed.data > namespace.maxTtlMs) {
    throw wrong(`${namespace.name} keeps nothing longer than ${namespace.maxTtlMs / 1_000}s (maxTtl)`);
  }
  return parsed.data;
}

/** Given twice, it comes as a list. */
function asText(given: unknown): string {
  return typeof given === 'string' ? given : JSON.stringify(given);
}
