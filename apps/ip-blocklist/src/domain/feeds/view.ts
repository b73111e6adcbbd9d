import type { FeedView } from '@groundwork/contracts';
import type { FeedState } from '../../ports/feeds.ts';
import { sourceOf, type Feed } from './feed-file.ts';

/** A feed as it is shown. */
export function viewOf(feed: Feed, state: FeedState | undefined): FeedView {
  const { name, format, schedule } = feed;
  return {
    name,
    from: fromOf(feed),
    format,
    schedule: typeof schedule === 'string' ? schedule : `every ${schedule.every}`,
    source: sourceOf(name),
    lastGoodAt: state?.lastGoodAt?.toISOString() ?? null,
    hash: state?.hash ?? null,
    entries: state?.entries ?? 0,
    addresses: state?.addresses ?? { ipv4: 0, ipv6: '0' },
    verdict: state?.verdict ?? null,
    refusedHash: state?.refused ?? null,
    accepted: state?.accepted == null ? null : { hash: state.accepted, by: state.acceptedBy ?? '' },
    nextRunAt: state?.nextRunAt?.toISOString() ?? null,
    requestedAt: state?.requestedAt?.toISOString() ?? null,
  };
}

/** Credentials are often in the query. */
function fromOf({ url, s3, file }: Feed): string {
  if (url === undefined) return s3 ?? file ?? '';
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
