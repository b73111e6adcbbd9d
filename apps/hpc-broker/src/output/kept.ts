/** Of each stream: how it began, in bytes. */
export const HEAD_BYTES = 64 * 1_024;
/** Of each stream: how it went on last, in bytes, unless told otherwise. */
export const DEFAULT_KEEP_BYTES = 1_024 ** 2;
/** Most that one row holds, in bytes. So much more than was asked for may be kept. */
export const ROW_BYTES = 64 * 1_024;

export interface Range {
  from: number;
  to: number;
}

/**
 * What is to be written down of a stream that has grown to `size` since it was written down up to `next`:
 * what is missing of its head, and what of the rest belongs to its last `keepBytes`. What a stream had
 * between two looks and nobody would keep is not even read.
 */
export function rangesToShip(next: number, size: number, keepBytes: number): Range[] {
  const head = { from: next, to: Math.min(size, HEAD_BYTES) };
  const tail = { from: Math.max(next, HEAD_BYTES, size - keepBytes), to: size };
  return [head, tail].filter(({ from, to }) => from < to);
}

/** In rows, none of which is partly of the head. */
export function rowsOf(from: number, bytes: Buffer): { from: number; bytes: Buffer }[] {
  const rows: { from: number; bytes: Buffer }[] = [];
  for (let at = 0; at < bytes.length;) {
    const isHead = from + at < HEAD_BYTES;
    const most = isHead ? Math.min(ROW_BYTES, HEAD_BYTES - from - at) : ROW_BYTES;
    const row = bytes.subarray(at, at + most);
    rows.push({ from: from + at, bytes: row });
    at += row.length;
  }
  return rows;
}
