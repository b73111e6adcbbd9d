import { createHash } from 'node:crypto';
import { setImmediate as tick } from 'node:timers/promises';
import type { FeedVerdict } from '@groundwork/contracts';
import { addressCount, type RangeSet } from '@groundwork/ip-ranges';
import { differenceOf, type Difference } from '../domain/feeds/difference.ts';
import type { Feed } from '../domain/feeds/feed-file.ts';
import { candidatesOf } from '../domain/feeds/formats.ts';
import { refusal, type Judged, type Measured } from '../domain/feeds/guard.ts';
import { nextRun, retryAt } from '../domain/feeds/schedule.ts';
import { addressesOf, Sieve, type Sieved } from '../domain/feeds/sieve.ts';
import { textOfRanges, type ProtectedRange } from '../domain/protected-ranges.ts';
import {
  Truncated,
  type FeedLedger,
  type FeedState,
  type FetchFeed,
  type Held,
  type RunRecord,
  type Validators,
} from '../ports/feeds.ts';

export interface FeedRunParts {
  ledger: FeedLedger;
  fetch: FetchFeed;
  protectedRanges: () => readonly ProtectedRange[];
}

/** Entries written in one transaction: 100 to 200 ms, for which a renewal of the lease has to wait. */
const BATCH = 2_000;
/** Lines read before others get their turn: some 10 ms. */
const SLICE = 5_000;

const NONE = { unreadable: 0, bogons: 0, protected: 0, belowMinConfidence: 0, lines: [] };

/** A copy as it was read, measured and found good or not. */
interface Copy extends Judged, Pick<Sieved, 'listed'> {
  hash: string;
}

/**
 * One look at a feed: fetch ▸ read ▸ judge ▸ compare ▸ write what differs ▸ record.
 *
 * The entries of the feed are its last good copy. Whatever fails before the writing has changed
 * nothing; dying in the midst of it leaves some of the difference, and the next run writes the rest.
 * What is new is written before anything leaves, so that a network that is only written in other
 * pieces is blocked throughout. Rejects when this process stops, or does not lead any more.
 */
export async function runFeed(
  parts: FeedRunParts,
  feed: Feed,
  state: FeedState | undefined,
  signal: AbortSignal,
): Promise<RunRecord> {
  const run = await outcomeOf(parts, feed, state, signal).catch((error: unknown) => failure(state, error));
  signal.throwIfAborted();
  const now = new Date();
  const due = nextRun(feed.name, feed.schedule, now);
  // A copy that is refused is the same the next minute; one that did not arrive may.
  const isToRetry =
    run.verdict.outcome === 'failed' || (run.verdict.outcome === 'refused' && run.verdict.hash === null);
  const failures = isToRetry ? (state?.failures ?? 0) + 1 : 0;
  const record = {
    ...run,
    failures,
    nextRunAt: isToRetry ? retryAt(failures, now, due) : due,
    requestedAt: state?.requestedAt ?? null,
  };
  await parts.ledger.record(feed.name, record);
  return record;
}

type Outcome = Pick<RunRecord, 'verdict' | 'good' | 'audit'>;

async function outcomeOf(
  parts: FeedRunParts,
  feed: Feed,
  state: FeedState | undefined,
  signal: AbortSignal,
): Promise<Outcome> {
  const { ledger } = parts;
  const protectedRanges = parts.protectedRanges();
  const rules = digest(JSON.stringify(feed) + textOfRanges(protectedRanges));
  const current = (await isCurrent(ledger, state, rules)) ? state : undefined;
  const fetched = await parts.fetch(feed, current, signal);
  if (fetched.kind === 'unchanged') {
    if (current === undefined) throw new Error('nobody had asked whether it is unchanged');
    return unchanged(current, current, rules);
  }
  const hash = digest(fetched.bytes);
  if (current?.hash === hash) return unchanged(current, fetched.validators, rules);

  const copy = await read(feed, fetched.bytes, hash, protectedRanges);
  const held = await ledger.held(feed.name);
  const reason = await judge(ledger, feed, state, copy, held);
  if (reason !== undefined && state?.accepted !== hash) return refused(state, copy, reason);

  const difference = differenceOf(held, copy.listed);
  const { put, leave } = difference;
  if (put.length + leave.length > 0) await apply(ledger, feed, hash, difference, signal);
  return applied(state, copy, difference, { ...fetched.validators, rules });
}

/** Whether what the entries say is what the last good copy says, by the rules of today. */
async function isCurrent(ledger: FeedLedger, state: FeedState | undefined, rules: string): Promise<boolean> {
  if (state?.hash == null || state.applying !== null || state.rules !== rules) return false;
  // Somebody may have ended some of them by hand.
  return (await ledger.countListed(state.name)) === state.entries;
}

async function read(
  feed: Feed,
  bytes: Uint8Array,
  hash: string,
  protectedRanges: readonly ProtectedRange[],
): Promise<Copy> {
  const sieve = new Sieve(feed, protectedRanges);
  const candidates = candidatesOf(feed, new TextDecoder().decode(bytes));
  const { maxEntries } = feed.limits;
  let problem: string | undefined;
  for (let lines = 1; problem === undefined; lines += 1) {
    const next = candidates.next();
    if (next.done === true) {
      problem = next.value;
      break;
    }
    sieve.take(next.value);
    if (sieve.entries > maxEntries) problem = `it has more than ${maxEntries} entries (maxEntries)`;
    if (lines % SLICE === 0) await tick();
  }
  const sieved = sieve.done();
  const addresses = addressesOf(sieved.listed);
  return { ...sieved, hash, problem, entries: sieved.listed.size, addresses };
}

/** Why it is refused. A first copy, and one that was judged good before, are not compared with what is there. */
async function judge(
  ledger: FeedLedger,
  feed: Feed,
  state: FeedState | undefined,
  copy: Copy,
  held: ReadonlyMap<string, Held>,
): Promise<string | undefined> {
  const isComparable = state?.lastGoodAt != null && state.applying !== copy.hash;
  return refusal(copy, feed.guard, isComparable ? await lastGood(ledger, state, held) : undefined);
}

/**
 * The last good copy as it was applied: what is listed, and what somebody has taken from that by hand
 * since. Measured against what is left, the list that it is to be again would have grown.
 */
async function lastGood(
  ledger: FeedLedger,
  state: FeedState,
  held: ReadonlyMap<string, Held>,
): Promise<Measured> {
  const before = new Map<string, unknown>([...held].filter(([, { isListed }]) => isListed));
  if (before.size < state.entries) {
    for (const subject of await ledger.takenByHand(state.name)) before.set(subject, undefined);
  }
  return { entries: before.size, addresses: addressesOf(before) };
}

async function apply(
  ledger: FeedLedger,
  { name, ttlSeconds }: Feed,
  hash: string,
  { put, leave }: Difference,
  signal: AbortSignal,
): Promise<void> {
  await ledger.begin(name, hash);
  for (const some of batches(put)) {
    signal.throwIfAborted();
    await ledger.put(name, some);
  }
  for (const some of batches(leave)) {
    signal.throwIfAborted();
    await ledger.leave(name, some, ttlSeconds);
  }
}

function* batches<T>(items: readonly T[]): Generator<T[]> {
  for (let at = 0; at < items.length; at += BATCH) yield items.slice(at, at + BATCH);
}

function unchanged(current: FeedState, { etag, lastModified }: Validators, rules: string): Outcome {
  const hash = current.hash ?? '';
  return { verdict: verdictOf(current, 'unchanged', { hash }), good: { etag, lastModified, hash, rules } };
}

function applied(
  state: FeedState | undefined,
  { hash, listed, addresses, leftOut }: Copy,
  { put, added, changed, leave }: Difference,
  validators: Validators & { rules: string },
): Outcome {
  const counts = { hash, entries: listed.size, addresses: countsOf(addresses) };
  const isNothing = put.length + leave.length === 0;
  const verdict = verdictOf(state, isNothing ? 'unchanged' : 'applied', {
    ...counts,
    added,
    changed,
    removed: leave.length,
    leftOut,
  });
  const good = { ...validators, hash };
  return isNothing
    ? { verdict, good }
    : { verdict, good, audit: { what: 'feed.applied', detail: detailOf(verdict) } };
}

function refused(state: FeedState | undefined, copy: Copy, reason: string): Outcome {
  const { hash, entries, leftOut } = copy;
  const addresses = countsOf(copy.addresses);
  const verdict = verdictOf(state, 'refused', { reason, hash, entries, addresses, leftOut });
  // Told once, however often it is fetched.
  if (state?.refused === hash) return { verdict };
  return { verdict, audit: { what: 'feed.refused', detail: detailOf(verdict) } };
}

/** There is no copy that anybody could accept. */
function failure(state: FeedState | undefined, error: unknown): Outcome {
  const reason = (error as Error).message;
  if (!(error instanceof Truncated)) return { verdict: verdictOf(state, 'failed', { reason }) };
  const verdict = verdictOf(state, 'refused', { reason });
  if ((state?.failures ?? 0) > 0) return { verdict };
  return { verdict, audit: { what: 'feed.refused', detail: detailOf(verdict) } };
}

function verdictOf(
  state: FeedState | undefined,
  outcome: FeedVerdict['outcome'],
  more: Partial<FeedVerdict>,
): FeedVerdict {
  return {
    at: new Date().toISOString(),
    outcome,
    reason: null,
    hash: null,
    entries: state?.entries ?? 0,
    addresses: state?.addresses ?? { ipv4: 0, ipv6: '0' },
    added: 0,
    removed: 0,
    changed: 0,
    leftOut: state?.leftOut ?? NONE,
    ...more,
  };
}

/** Without the lines, which are many. */
function detailOf({ leftOut, ...verdict }: FeedVerdict): object {
  const { lines: _lines, ...counts } = leftOut;
  return { ...verdict, leftOut: counts };
}

function countsOf({ v4, v6 }: RangeSet): FeedVerdict['addresses'] {
  return { ipv4: Number(addressCount(v4)), ipv6: String(addressCount(v6)) };
}

function digest(of: string | Uint8Array): string {
  return createHash('sha256').update(of).digest('hex');
}
