import { attemptName, type AttemptId } from '../domain/jobs/attempt-name.ts';
import type { Engine, Stream } from '../ports/engine.ts';
import type { OutputPiece, Shipped } from '../ports/output.ts';
import { rangesToShip, rowsOf, type Range } from './kept.ts';

const STREAMS: readonly Stream[] = ['stdout', 'stderr'];
/** Files that are open at the same time: 1,024 is what a process may have by default (getrlimit(2)). */
const READ_AT_ONCE = 64;
/** Of an engine that cannot tell how much there is: read so much at a time, in bytes. */
const UNKNOWN_BYTES = 256 * 1_024;

/** How a stream went on. */
export interface Growth {
  attempt: AttemptId;
  stream: Stream;
  /** What is to be written down; before it there may be a gap. */
  pieces: OutputPiece[];
  /** Up to where it then is written down. */
  next: number;
}

export interface Reading {
  shippedOf: (name: string) => Shipped | undefined;
  keepBytes: number;
  /** Then no further stream is begun. */
  mostBytes: number;
}

/** What attempts have written since; nothing of those that have not. `isAll`: there was not more. */
export async function readGrown(
  engine: Engine,
  attempts: readonly AttemptId[],
  { shippedOf, keepBytes, mostBytes }: Reading,
): Promise<{ growths: Growth[]; isAll: boolean }> {
  const growths: Growth[] = [];
  let isAll = true;
  let bytes = 0;
  const one = async (attempt: AttemptId, stream: Stream): Promise<void> => {
    const name = attemptName(attempt);
    const next = shippedOf(name)?.[stream] ?? 0;
    const size = await engine.outputSize?.(name, stream);
    if (engine.outputSize !== undefined && (size ?? 0) <= next) return;
    // Others were faster meanwhile.
    if (bytes >= mostBytes) {
      isAll = false;
      return;
    }
    const ranges =
      size === undefined
        ? [{ from: next, to: next + UNKNOWN_BYTES }]
        : atMost(mostBytes - bytes, rangesToShip(next, size, keepBytes));
    for (const { from, to } of ranges) bytes += to - from;
    const pieces: OutputPiece[] = [];
    for (const range of ranges) {
      const read = await engine.output(name, stream, range.from, range.to - range.from);
      // What was set aside for it and is not needed is left for others.
      bytes -= range.to - range.from - (read?.length ?? 0);
      if (read === undefined || read.length === 0) continue;
      pieces.push(...rowsOf(range.from, read).map((row) => ({ ...attempt, stream, ...row })));
    }
    const last = pieces.at(-1);
    if (last === undefined) return;
    const reached = last.from + last.bytes.length;
    growths.push({ attempt, stream, pieces, next: reached });
    if (size === undefined || reached < size) isAll = false;
  };
  let some: readonly AttemptId[] = [];
  for (let at = 0; at < attempts.length; at += some.length) {
    // Where nobody knows how much there is, no more are asked than could be taken: else those that have nothing
    // would keep the others from their turn for ever.
    const room =
      engine.outputSize === undefined ? Math.floor((mostBytes - bytes) / UNKNOWN_BYTES) : READ_AT_ONCE;
    const atOnce = Math.floor(Math.min(room, READ_AT_ONCE) / STREAMS.length);
    if (atOnce < 1) return { growths, isAll: false };
    some = attempts.slice(at, at + atOnce);
    await Promise.all(some.flatMap((attempt) => STREAMS.map((stream) => one(attempt, stream))));
  }
  return { growths, isAll };
}

/** So many bytes of them, from the front. */
function atMost(room: number, ranges: readonly Range[]): Range[] {
  let left = room;
  return ranges.flatMap(({ from, to }) => {
    const cut = { from, to: Math.min(to, from + left) };
    left -= cut.to - cut.from;
    return cut.from < cut.to ? [cut] : [];
  });
}
