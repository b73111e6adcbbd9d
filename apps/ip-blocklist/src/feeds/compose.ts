import { createLeader, type Database } from '@groundwork/database';
import type { AwsSettings, Component, Logger } from '@groundwork/service';
import { createFetchFeed } from '../adapters/feeds/fetch-feed.ts';
import { createPostgresFeedLedger } from '../adapters/feeds/postgres-feed-ledger.ts';
import type { Tables } from '../adapters/tables.ts';
import type { Feed } from '../domain/feeds/feed-file.ts';
import type { ProtectedRange } from '../domain/protected-ranges.ts';
import type { Metrics } from '../metrics.ts';
import { keepFeeds } from './keep-feeds.ts';

export interface FeedParts {
  db: Database<Tables>['db'];
  aws: AwsSettings;
  feeds: readonly Feed[];
  allowPrivate: readonly string[];
  protectedRanges: () => readonly ProtectedRange[];
  checkProtected: () => Promise<void>;
  ttlSeconds: number;
  metrics: Pick<Metrics, 'feed'>;
  logger: Logger;
  lookMs: number | undefined;
}

/** One process follows all feeds. */
export function composeFeeds(parts: FeedParts): Component[] {
  const { db, aws, feeds, protectedRanges, checkProtected, ttlSeconds, metrics, logger, lookMs } = parts;
  if (feeds.length === 0) return [];
  const fetch = createFetchFeed({ aws, allowPrivate: parts.allowPrivate });
  return [
    createLeader({
      db,
      name: 'feeds',
      logger,
      ttlSeconds,
      lead: async (held, signal) => {
        // A line that would cut us off is only known when it is known what we are.
        await checkProtected();
        const ledger = createPostgresFeedLedger(db, held);
        const common = { feeds, ledger, fetch, protectedRanges, observe: metrics.feed, logger, lookMs };
        await keepFeeds(common, signal);
      },
    }),
  ];
}
