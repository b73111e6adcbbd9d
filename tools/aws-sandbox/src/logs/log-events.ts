import { z } from 'zod';
import { logsError } from './error.ts';
import type { LogEvent, LogStreams } from './streams.ts';

export const GetLogEvents = z.object({
  logStreamName: z.string().min(1).max(512),
  startTime: z.int().min(0).default(0),
  endTime: z.int().min(0).default(Number.MAX_SAFE_INTEGER),
  nextToken: z.string().optional(),
  limit: z.int().min(1).max(10_000).default(10_000),
  startFromHead: z.boolean().default(false),
});

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html */
const MOST_BYTES = 1024 * 1024;
/** What an event counts beside its message. */
const EVENT_BYTES = 26;

/**
 * A page, and the tokens on either side of it. A token says where the page ends, not how many there are: at the end of
 * the stream the same token comes back, and later gives what has been written since.
 */
export function getLogEvents(streams: LogStreams, region: string, asked: z.infer<typeof GetLogEvents>) {
  const { logStreamName: stream, limit, startTime: start, endTime: end } = asked;
  if (!streams.has(region, stream)) throw logsError.absent('log stream');
  const token = asked.nextToken === undefined ? undefined : readToken(asked.nextToken);
  const range = {
    after: token?.direction === 'f' ? token.seq : -1,
    before: token?.direction === 'b' ? token.seq : Number.MAX_SAFE_INTEGER,
    start,
    end,
  };
  const from =
    token === undefined ? (asked.startFromHead ? 'head' : 'tail') : token.direction === 'f' ? 'head' : 'tail';
  const events = fitting(streams.events(region, stream, range, limit, from), from);
  const [first, last] = [events[0]?.seq, events.at(-1)?.seq];
  // Of an empty page both sides are where it was looked for.
  const here = token?.direction === 'b' ? token.seq - 1 : (token?.seq ?? 0);
  return {
    events: events.map(({ timestamp, message, ingested }) => ({
      timestamp,
      message,
      ingestionTime: ingested,
    })),
    nextForwardToken: tokenOf('f', last ?? here),
    nextBackwardToken: tokenOf('b', first ?? here + 1),
  };
}

function fitting(events: readonly LogEvent[], from: 'head' | 'tail'): LogEvent[] {
  const inOrder = from === 'head' ? events : events.toReversed();
  let bytes = 0;
  const some = inOrder.filter(({ message }, i) => {
    bytes += Buffer.byteLength(message) + EVENT_BYTES;
    return i === 0 || bytes <= MOST_BYTES;
  });
  return from === 'head' ? some : some.toReversed();
}

/** In the form that AWS gives: `f/` and 56 digits, `/s`. */
function tokenOf(direction: 'f' | 'b', seq: number): string {
  return `${direction}/${String(seq).padStart(56, '0')}/s`;
}

function readToken(token: string): { direction: 'f' | 'b'; seq: number } {
  const [, direction, digits] = /^([fb])\/(\d{56})\/s$/.exec(token) ?? [];
  if (direction === undefined) throw logsError.invalid('The specified nextToken is invalid.');
  return { direction: direction as 'f' | 'b', seq: Number(digits) };
}
