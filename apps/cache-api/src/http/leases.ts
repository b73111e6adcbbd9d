import { ProblemError, requireScope } from '@groundwork/service';
import { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import { keyIn } from '../domain/cache/collection.ts';
import { etagOf } from '../domain/conditions.ts';
import { freshEntry } from '../domain/freshness.ts';
import { Duration } from '../domain/resources/units.ts';
import type { Store } from '../ports/store.ts';
import type { Value } from '../ports/values.ts';
import type { Catalogue, NamespaceShelf } from './catalogue.ts';
import { toCacheProblem, type CacheProblem } from './problems.ts';
import { restOf } from './rest.ts';
import { send } from './send.ts';
import { namespaceOf, tagsIn } from './values.ts';

/** Puts what a client has loaded under its lease; gives the ETag. */
export type FillByClient = (
  shelf: NamespaceShelf,
  key: string,
  value: Value,
  lease: string,
) => Promise<string>;

const LONGEST_LEASE_MS = 60_000;

/** What the store needs to see at the fill, in the client's hands until then. Who may fill may also put. */
const Ticket = z.object({
  key: z.string(),
  token: z.string(),
  until: z.number(),
  floor: z.string(),
  generations: z.array(z.tuple([z.string(), z.string()])),
});

/**
 * Cache-aside for clients that load by themselves: whoever finds nothing gets the lease (`?lease=5s`), loads,
 * and puts with it. An invalidation meanwhile makes that put fail, so that nothing old gets in.
 */
export function leaseRoutes({ kv }: Catalogue, store: Store): Router {
  const router = Router({ caseSensitive: true });
  router.get('/v1/kv/:namespace/*key', requireScope('cache:write'), async (req: Request, res: Response) => {
    const shelf = namespaceOf(kv, req);
    try {
      await look(req, res, shelf, store);
    } catch (error) {
      throw toCacheProblem(error);
    }
  });
  return router;
}

async function look(req: Request, res: Response, shelf: NamespaceShelf, store: Store): Promise<void> {
  if (shelf.namespace.kind !== 'volatile') {
    throw new ProblemError('invalid_request', `${shelf.collection.name} loads by itself: ask without lease.`);
  }
  const given = Duration.safeParse(req.query['lease']);
  if (!given.success || given.data <= 0 || given.data > LONGEST_LEASE_MS) {
    throw new ProblemError('invalid_request', 'lease must be a time of up to 60s, as ?lease=5s.');
  }
  const id = shelf.idOf(restOf(req.path, 4));
  const key = keyIn(shelf.collection, id);
  const namespaces = [shelf.collection.name];
  const [sight] = await store.look([
    { key, tags: tagsIn(req.query['tags']), namespaces, leaseMs: given.data },
  ]);
  if (sight?.state === 'fresh' && !sight.entry.isAbsent) {
    const answer = {
      entry: sight.entry,
      state: 'hit',
      tier: 'store',
      lease: 'none',
      isStored: true,
    } as const;
    return send(req, res, { collection: shelf.collection, id, answer, now: Date.now() });
  }
  const filling = sight?.filling;
  const headers: Record<string, string> = {};
  if (filling?.by === 'us') {
    const { token, until, floor, generations } = filling.lease;
    const ticket = { key, token, until, floor: String(floor), generations: [...generations] };
    headers['cache-lease'] = Buffer.from(JSON.stringify(ticket)).toString('base64url');
  } else headers['retry-after'] = '1';
  throw new ProblemError<CacheProblem>(
    'entry_not_found',
    filling?.by === 'us'
      ? `There is no ${key}: load it, and put it with the Cache-Lease of this answer.`
      : `There is no ${key}, and somebody else is loading it: ask again.`,
    { headers },
  );
}

export function fillByClientIn(store: Store): FillByClient {
  return async ({ collection }, id, { body, contentType, tags, ttlMs }, lease) => {
    const key = keyIn(collection, id);
    const { floor, generations, token, until } = parseTicket(lease, key);
    const etag = etagOf(body);
    const loaded = { body, contentType, tags, etag, ttlMs, version: 0n };
    const { policy, visibility, name } = collection;
    const frame = { policy, visibility, tags: [], namespace: name };
    const entry = freshEntry(loaded, frame, { now: Date.now(), loadMs: 0, random: 0 });
    const held = { token, until, floor: BigInt(floor), generations: new Map(generations) };
    const outcome = await store.fill(key, held, entry);
    // A tag that was invalidated meanwhile leaves the entry there, and nobody sees it.
    const [sight] = outcome.stored ? await store.look([{ key }]) : [];
    if (sight?.state === 'fresh') return etag;
    const why =
      !outcome.stored && outcome.why === 'not-in-lease'
        ? 'it has a tag that was not named when the lease was taken'
        : 'it was invalidated or written since, or the time is up; load it anew with another lease';
    throw new ProblemError<CacheProblem>('lease_lost', `Nothing is stored: ${why}.`);
  };
}

function parseTicket(lease: string, key: string): z.infer<typeof Ticket> {
  try {
    const ticket = Ticket.parse(JSON.parse(Buffer.from(lease, 'base64url').toString('utf8')));
    if (ticket.key === key && /^\d{1,20}$/.test(ticket.floor)) return ticket;
  } catch {
    // As if it were another one's.
  }
  throw new ProblemError<CacheProblem>('lease_lost', 'This is not the Cache-Lease of this key.');
}
