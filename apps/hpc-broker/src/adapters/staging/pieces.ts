/**
 * What S3 takes in one PUT or part, and how many parts: so 48.8 TiB are the largest object.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
 */
const MOST_PIECE_BYTES = 5 * 1_024 ** 3;
const MOST_PIECES = 10_000;
export const MOST_BYTES = MOST_PIECE_BYTES * MOST_PIECES;

/** A part of an upload, or a range of what is fetched. */
export interface Piece {
  /** From 1. */
  number: number;
  start: number;
  bytes: number;
}

/** How large the pieces of so many bytes are: as is wished, unless there would be more than S3 takes. */
export function pieceBytesOf(size: number, wished: number): number {
  const least = Math.ceil(size / MOST_PIECES);
  return Math.min(Math.max(wished, least), MOST_PIECE_BYTES);
}

export function* piecesOf(size: number, pieceBytes: number): Generator<Piece, void, undefined> {
  for (let number = 1, start = 0; start < size; number += 1, start += pieceBytes) {
    yield { number, start, bytes: Math.min(pieceBytes, size - start) };
  }
}
