import { NewEntry, type BulkResult, type RejectedLine } from '@groundwork/contracts';
import type { Entries, Said } from '../ports/entries.ts';
import { checkEntry, type CheckedEntry } from './check-entry.ts';
import { TOO_LONG, type Line } from './lines.ts';
import type { ProtectedRange } from './protected-ranges.ts';

export interface BulkParts {
  entries: Pick<Entries, 'load'>;
  protectedRanges: readonly ProtectedRange[];
}

/** In characters; an entry has a few hundred. */
export const LONGEST_LINE = 65_536;

/** Entries written in one transaction. */
const BATCH = 5_000;

export type BulkCounts = Omit<BulkResult, 'rejectedLines'>;

/**
 * Takes entries line by line; yields those lines that are wrong, with their numbers, which hold up
 * no others. Batches are written as they fill up, each while the next one is read, so that dying
 * half-way leaves some of the lines; sending all of them again then only renews those.
 */
export async function* loadBulk(
  parts: BulkParts,
  lines: AsyncIterable<readonly Line[]>,
  by: string,
): AsyncGenerator<RejectedLine, BulkCounts> {
  const counts = { lines: 0, created: 0, renewed: 0, rejected: 0 };
  let batch = new Batch();
  let writing = Promise.resolve();
  const write = async ({ said, repeated }: Batch): Promise<void> => {
    const { created, renewed } = await parts.entries.load([...said.values()], by);
    counts.created += created;
    counts.renewed += renewed + repeated;
  };
  const flush = async (): Promise<void> => {
    await writing;
    writing = write(batch);
    // Whether it succeeds is asked before the next one.
    writing.catch(() => undefined);
    batch = new Batch();
  };
  try {
    for await (const some of lines) {
      for (const text of some) {
        counts.lines += 1;
        const line = readLine(parts, text);
        if (line === undefined) continue;
        if (!line.ok) {
          counts.rejected += 1;
          yield { line: counts.lines, code: line.code, message: line.message };
          continue;
        }
        batch.add(line.said);
        if (batch.said.size === BATCH) await flush();
      }
    }
    if (batch.said.size > 0) await flush();
    await writing;
    return counts;
  } finally {
    // Whoever gives up does so only when nothing is on its way any more.
    await writing.catch(() => undefined);
  }
}

/** What the same source says twice about the same counts once, the last time. */
class Batch {
  readonly said = new Map<string, Said>();
  repeated = 0;

  add(said: Said): void {
    const name = `${said.action} ${said.source} ${said.subject.text}`;
    if (this.said.has(name)) this.repeated += 1;
    this.said.set(name, said);
  }
}

/** Undefined for an empty line. */
function readLine(parts: BulkParts, text: Line): CheckedEntry | undefined {
  if (text === TOO_LONG) {
    return { ok: false, code: 'line_too_long', message: `It has more than ${LONGEST_LINE} characters` };
  }
  if (text.trim() === '') return undefined;
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
