import { checkEntry } from '../check-entry.ts';
import type { ProtectedRange } from '../protected-ranges.ts';
import type { Said } from '../../ports/entries.ts';
import type { Logs, LogRef, TakenLogs } from '../../ports/logs.ts';
import { TOO_LONG, type Line } from '../lines.ts';
import { readAlbLine } from './alb-line.ts';
import type { LoggedRequest } from './request.ts';
import type { LogRule } from './rule-file.ts';
import { Tally, type Hits } from './tally.ts';
import { readWafLine } from './waf-line.ts';

export interface TakeLogParts {
  logs: Logs;
  taken: TakenLogs;
  rules: readonly LogRule[];
  protectedRanges: () => readonly ProtectedRange[];
  /** In ms since 1970. */
  now?: () => number;
}

export interface Taken {
  lines: number;
  /** That are neither of an ALB nor of WAF. */
  unreadable: number;
  blocked: string[];
  leftOut: { client: string; why: string }[];
}

/** Counts and names that are kept before they are written down; each takes some 200 bytes. */
const MOST_KEPT = 50_000;

/**
 * Reads one access log from where it was read to last, counts who met which rule, and blocks who did
 * so often enough. Counts, progress and blocks are written together: dying half-way loses nothing and
 * counts nothing twice. Undefined when there is nothing left to read of it.
 */
export async function takeLog(
  parts: TakeLogParts,
  ref: LogRef,
  signal: AbortSignal,
): Promise<Taken | undefined> {
  const progress = await parts.taken.progress(ref);
  if (progress.isDone) return undefined;
  const tally = new Tally(parts.rules);
  const result: Taken = { lines: 0, unreadable: 0, blocked: [], leftOut: [] };
  let written = progress.records;

  const write = async (isDone: boolean): Promise<void> => {
    const judged = await parts.taken.count(
      ref,
      { from: written, to: result.lines, isDone },
      tally.take(),
      (hits) => judge(hits, parts),
    );
    written = result.lines;
    for (const { hits, said, why } of judged) {
      if (said !== undefined) result.blocked.push(hits.client);
      else result.leftOut.push({ client: hits.client, why });
    }
  };

  for await (const lines of parts.logs.lines(ref, signal)) {
    for (const line of lines) {
      result.lines += 1;
      if (result.lines <= progress.records || line === '') continue;
      const request = readLine(line);
      if (request === undefined) result.unreadable += 1;
      else tally.add(request);
    }
    if (tally.size >= MOST_KEPT) await write(false);
  }
  await write(true);
  return result;
}

/** Which log it is of shows by how a line begins. */
function readLine(line: Line): LoggedRequest | undefined {
  if (line === TOO_LONG) return undefined;
  return line.startsWith('{') ? readWafLine(line) : readAlbLine(line);
}

/** Who has met a rule often enough, and what is said of him; without that, why nothing is. */
export interface Judged {
  hits: Hits;
  said: Said | undefined;
  why: string;
}

/** Whether who has met a rule is to be blocked. Undefined: not often enough, or so long ago that it would be over. */
function judge(
  hits: Hits & { before: number },
  { rules, protectedRanges, now = Date.now }: TakeLogParts,
): Judged | undefined {
  const rule = rules.find(({ name }) => name === hits.rule);
  if (rule === undefined) return undefined;
  const { threshold, windowSeconds, confidence, log } = rule;
  // Once per window, when it is reached.
  if (hits.count < threshold || hits.before >= threshold) return undefined;
  const ttlSeconds = timeLeft(rule, hits, now());
  if (ttlSeconds === undefined) return undefined;
  const since = new Date(hits.since).toISOString();
  const checked = checkEntry(
    {
      action: 'block',
      cidr: hits.client,
      reason: `${hits.count} requests met ${rule.name} within ${windowSeconds} s from ${since}`,
      source: `log:${log}:${rule.name}`.slice(0, 64),
      confidence,
      ttlSeconds,
      force: false,
    },
    protectedRanges(),
  );
  return checked.ok ? { hits, said: checked.said, why: '' } : { hits, said: undefined, why: checked.message };
}

/**
 * A ban lasts from the end of its window, however late the log comes: old ones that are read again
 * block nobody. A window that is not over, or in the future by the clock of the log, ends now.
 */
function timeLeft({ windowSeconds, ttlSeconds }: LogRule, { since }: Hits, now: number): number | undefined {
  const end = Math.min(since + windowSeconds * 1_000, now);
  const left = ttlSeconds - (now - end) / 1_000;
  return left < 0 ? undefined : Math.max(1, Math.ceil(left));
}
