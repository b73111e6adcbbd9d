import { NewEntry, type BulkResult } from '@groundwork/contracts';
import type { Entries, Said } from '../ports/entries.ts';
import { cutOff, type ProtectedRange } from './protected-ranges.ts';
import { readSubject } from './subject.ts';

export interface BulkParts {
  entries: Entries;
  protectedRanges: readonly ProtectedRange[];
}

/** Entries written in one transaction. */
const BATCH = 2_000;
const MAX_REPORTED = 1_000;

export type ReadLine = { ok: true; said: Said } | { ok: false; code: string; message: string };

/**
 * Takes entries line by line. A line that is wrong is reported with its number and does not
 * hold up the others. Batches are written as they fill up, so that dying half-way leaves some
 * of the lines; sending all of them again then only renews those.
 */
export async function loadBulk(
  parts: BulkParts,
  lines: AsyncIterable<string>,
  by: string,
): Promise<BulkResult> {
  const result: BulkResult = { lines: 0, created: 0, renewed: 0, rejected: 0, rejectedLines: [] };
  // The same subject of the same source twice in a batch: the last one counts.
  let batch = new Map<string, Said>();
  let repeated = 0;
  const flush = async (): Promise<void> => {
    const written = batch.size === 0 ? [] : await parts.entries.say([...batch.values()], by);
    const created = written.filter((one) => one.created).length;
    result.created += created;
    result.renewed += written.length - created + repeated;
    batch = new Map();
    repeated = 0;
  };
  for await (const text of lines) {
    result.lines += 1;
    if (text.trim() === '') continue;
    const line = readLine(parts, text);
    if (!line.ok) {
      result.rejected += 1;
      const { code, message } = line;
      if (result.rejectedLines.length < MAX_REPORTED)
        result.rejectedLines.push({ line: result.lines, code, message });
      continue;
    }
    const { said } = line;
    const name = JSON.stringify([said.action, said.subject.text, said.source]);
    if (batch.has(name)) repeated += 1;
    batch.set(name, said);
    if (batch.size === BATCH) await flush();
  }
  await flush();
  return result;
}

function readLine(parts: BulkParts, text: string): ReadLine {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { ok: false, code: 'malformed_json', message: (error as Error).message };
  }
  const parsed = NewEntry.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return {
      ok: false,
      code: 'invalid_request',
      message: `${issue?.path.join('.') ?? ''}: ${issue?.message}`,
    };
  }
  return checkEntry(parsed.data, parts.protectedRanges);
}

/** Reads what an entry is about, and refuses a block of what must stay reachable. */
export function checkEntry(entry: NewEntry, protectedRanges: readonly ProtectedRange[]): ReadLine {
  const read = readSubject(entry);
  if (!read.ok) return read;
  const { subject } = read;
  const { action, reason, source, confidence, ttlSeconds, force } = entry;
  const cut = action === 'block' && !entry.force ? cutOff(subject, protectedRanges) : [];
  if (cut.length > 0) {
    const names = cut.map(({ name }) => name).join(', ');
    return {
      ok: false,
      code: 'protected_range',
      message: `${subject.text} would cut off ${names}; "force": true blocks it anyway`,
    };
  }
  return { ok: true, said: { action, subject, reason, source, confidence, ttlSeconds, forced: force } };
}
