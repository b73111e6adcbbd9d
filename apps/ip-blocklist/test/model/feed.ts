import type { Database, Lease } from '@groundwork/database';
import { createPostgresFeedLedger } from '../../src/adapters/feeds/postgres-feed-ledger.ts';
import type { Tables } from '../../src/adapters/tables.ts';
import { parseFeeds, type Feed } from '../../src/domain/feeds/feed-file.ts';
import { parseProtectedRange } from '../../src/domain/protected-ranges.ts';
import { runFeed } from '../../src/feeds/feed-run.ts';
import type { FeedLedger } from '../../src/ports/feeds.ts';

/** What a server hands out: its list, or something that is not. */
export type Copy = 'whole' | 'empty' | 'short' | 'poisoned' | 'cuts us off' | 'an error page' | 'nothing';

/** Somebody has to stay reachable, whatever a list says. */
export const OURS = parseProtectedRange('ours=10.0.0.200/32');
const POISON = ['0.0.0.0/0', '10.0.0.0/7'];

const [FEED] = parseFeeds(`feeds:
  - name: model
    url: https://feeds.example.com/list
    format: plain
    schedule: { every: 1h }
    ttlSeconds: 0
    guard: { bogons: accept, maxGrowthPercent: 1000000, maxShrinkPercent: 30 }`) as [Feed];

export interface FeedOptions {
  /** Dies at so many calls to the database. */
  diesAt: number | undefined;
  /** As it should be, or as somebody has thought it should be. */
  change: (feed: Feed) => Feed;
}

/** One look at the feed. True: what it lists is in the list now, all of it. */
export async function lookAtFeed(
  database: Database<Tables>,
  lease: Lease,
  list: readonly string[],
  copy: Copy,
  { diesAt, change }: FeedOptions,
): Promise<boolean> {
  const ledger = dyingAt(createPostgresFeedLedger(database.db, lease), diesAt);
  const text = textOf(list, copy);
  const fetch = () => {
    if (text === undefined) return Promise.reject(new Error('there is no answer'));
    const validators = { etag: null, lastModified: null };
    return Promise.resolve({ kind: 'copy' as const, bytes: Buffer.from(text), validators });
  };
  const feed = change(FEED);
  const parts = { ledger, fetch, protectedRanges: () => [OURS] };
  try {
    const state = await ledger.state(feed.name);
    const { verdict } = await runFeed(parts, feed, state, new AbortController().signal);
    return copy === 'whole' && (verdict.outcome === 'applied' || verdict.outcome === 'unchanged');
  } catch {
    return false;
  }
}

function textOf(list: readonly string[], copy: Copy): string | undefined {
  switch (copy) {
    case 'whole':
      return list.join('\n');
    case 'empty':
      return '';
    case 'short':
      return list.slice(0, Math.floor(list.length / 2)).join('\n');
    case 'poisoned':
      return [...list, ...POISON].join('\n');
    case 'cuts us off':
      return [...list, '10.0.0.200'].join('\n');
    case 'an error page':
      return '<html>\n<body>\nservice unavailable\n</body>\n</html>';
    case 'nothing':
      return undefined;
  }
}

function dyingAt(ledger: FeedLedger, diesAt: number | undefined): FeedLedger {
  let calls = 0;
  return new Proxy(ledger, {
    get(target, name: keyof FeedLedger) {
      return (...args: never[]) => {
        calls += 1;
        if (diesAt !== undefined && calls > diesAt) return Promise.reject(new Error('dead'));
        return (target[name] as (...all: never[]) => unknown)(...args);
      };
    },
  });
}
