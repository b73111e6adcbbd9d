import { AcceptRequest } from '@groundwork/contracts';
import { ProblemError, requireScope, validate } from '@groundwork/service';
import { Router, type Request } from 'express';
import type { Feed } from '../domain/feeds/feed-file.ts';
import { viewOf } from '../domain/feeds/view.ts';
import type { Feeds } from '../ports/feeds.ts';
import { subjectOf } from './request.ts';
import type { BlocklistProblem } from './problems.ts';

export interface FeedRouteParts {
  feeds: readonly Feed[];
  feedRecords: Feeds;
}

/** `/v1/feeds`: what lists are followed, what became of the last copies, and what an operator says to that. */
export function feedRoutes({ feeds, feedRecords }: FeedRouteParts): Router {
  const router = Router();
  const read = requireScope('blocklist:read');
  const write = requireScope('blocklist:write');
  const configured = (name: string): Feed | undefined => feeds.find((feed) => feed.name === name);
  const named = (req: Request): Feed => configured(nameOf(req)) ?? absent(req);
  const view = async (feed: Feed) => viewOf(feed, await feedRecords.state(feed.name));

  router.get('/v1/feeds', read, async (_req, res) => {
    const states = await feedRecords.states();
    const items = feeds.map((feed) =>
      viewOf(
        feed,
        states.find(({ name }) => name === feed.name),
      ),
    );
    const abandoned = states.map(({ name }) => name).filter((name) => configured(name) === undefined);
    res.json({ items, abandoned });
  });
  router.get('/v1/feeds/:name', read, async (req, res) => {
    res.json(await view(named(req)));
  });
  router.post('/v1/feeds/:name/run', write, async (req, res) => {
    const feed = named(req);
    await feedRecords.request(feed.name);
    res.status(202).json(await view(feed));
  });
  router.post('/v1/feeds/:name/accept', write, async (req, res) => {
    const feed = named(req);
    const { hash } = validate(AcceptRequest, req.body, 'body');
    if (!(await feedRecords.accept(feed.name, hash, subjectOf(req)))) {
      const { refusedHash } = await view(feed);
      throw new ProblemError<BlocklistProblem>(
        'not_the_refused_copy',
        refusedHash === null ? 'No copy was refused.' : `The copy that was refused is ${refusedHash}.`,
      );
    }
    res.status(202).json(await view(feed));
  });
  router.delete('/v1/feeds/:name/entries', write, async (req, res) => {
    const name = nameOf(req);
    if (configured(name) !== undefined) {
      throw new ProblemError<BlocklistProblem>(
        'feed_in_use',
        `${name} is in the file of feeds, and would list its entries again.`,
      );
    }
    if ((await feedRecords.state(name)) === undefined) absent(req);
    res.json({ ended: await feedRecords.drop(name, subjectOf(req)) });
  });
  return router;
}

function nameOf(req: Request): string {
  return String(req.params['name']);
}

function absent(req: Request): never {
  throw new ProblemError<BlocklistProblem>('feed_not_found', `There is no feed ${nameOf(req)}.`);
}
