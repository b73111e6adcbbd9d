import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@groundwork/service';
import type { Feed } from '../domain/feeds/feed-file.ts';
import { nextRun } from '../domain/feeds/schedule.ts';
import type { FeedState } from '../ports/feeds.ts';
import { runFeed, type FeedRunParts } from './feed-run.ts';

/** What there is to tell about a feed. */
export type FeedEvent =
  | { kind: 'good'; entries: number; at: Date }
  | { kind: 'run'; outcome: 'applied' | 'unchanged' | 'refused' | 'failed' }
  /** Whoever leads now tells. */
  | { kind: 'gone' };

export interface KeepFeedsParts extends FeedRunParts {
  feeds: readonly Feed[];
  observe: (feed: string, event: FeedEvent) => void;
  logger: Logger;
  /** How often it is looked what is due or asked for, in ms. */
  lookMs?: number | undefined;
}

const LOOK_MS = 1_000;

/** Runs each feed when it is due or somebody asks for it, one at a time, as long as this process leads. */
export async function keepFeeds(parts: KeepFeedsParts, signal: AbortSignal): Promise<void> {
  const { feeds, ledger, observe, lookMs = LOOK_MS } = parts;
  try {
    for (const state of await ledger.states()) {
      if (feeds.some(({ name }) => name === state.name)) tell(observe, state);
    }
    while (!signal.aborted) {
      const states = new Map((await ledger.states()).map((state) => [state.name, state]));
      const next = mostUrgent(feeds, states);
      if (next === undefined) await delay(lookMs, undefined, { signal }).catch(() => undefined);
      else await runOne(parts, next, states.get(next.name), signal);
    }
  } finally {
    for (const { name } of feeds) observe(name, { kind: 'gone' });
  }
}

async function runOne(
  parts: KeepFeedsParts,
  feed: Feed,
  state: FeedState | undefined,
  signal: AbortSignal,
): Promise<void> {
  const began = performance.now();
  const { verdict } = await runFeed(parts, feed, state, signal).catch((error: unknown) => {
    if (signal.aborted) return { verdict: undefined };
    throw error;
  });
  if (verdict === undefined) return;
  const { outcome, reason, entries, added, removed, changed } = verdict;
  const log = parts.logger.child({ feed: feed.name });
  const isGood = outcome === 'applied' || outcome === 'unchanged';
  const tookMs = Math.round(performance.now() - began);
  if (isGood) log.info({ entries, added, removed, changed, tookMs }, `the feed ${feed.name} is ${outcome}`);
  else
    log.warn(
      { tookMs },
      `the feed ${feed.name} ${outcome === 'refused' ? 'is refused' : 'has failed'}: ${reason}`,
    );
  parts.observe(feed.name, { kind: 'run', outcome });
  if (isGood) parts.observe(feed.name, { kind: 'good', entries, at: new Date(verdict.at) });
}

function tell(observe: KeepFeedsParts['observe'], { name, entries, lastGoodAt }: FeedState): void {
  if (lastGoodAt !== null) observe(name, { kind: 'good', entries, at: lastGoodAt });
}

/** What somebody asks for comes first, then what has been due for longest; undefined when nothing is due. */
export function mostUrgent(
  feeds: readonly Feed[],
  states: ReadonlyMap<string, FeedState>,
  now = new Date(),
): Feed | undefined {
  const due = feeds.flatMap((feed) => {
    const at = dueAt(feed, states.get(feed.name));
    return at <= now.getTime() ? [{ feed, at }] : [];
  });
  return due.toSorted((a, b) => a.at - b.at)[0]?.feed;
}

function dueAt({ name, schedule }: Feed, state: FeedState | undefined): number {
  if (state?.requestedAt != null || state?.lastRunAt == null) return 0;
  // The schedule may have been changed since: then the earlier of the two counts.
  const scheduled = nextRun(name, schedule, state.lastRunAt).getTime();
  return Math.min(scheduled, state.nextRunAt?.getTime() ?? scheduled);
}
