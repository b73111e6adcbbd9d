import type { BulkResult, RejectedLine } from '@groundwork/contracts';
import type { BulkCounts } from '../domain/bulk.ts';

/**
 * So much of an answer is held back before it begins, in characters: about ten thousand bad lines.
 * Up to there a failure is still answered with a problem, and clients that read only after they
 * have sent everything get along.
 */
const HELD_BACK = 1_048_576;
/** Then it goes on in pieces of this size. */
const PIECE = 65_536;

/**
 * A `BulkResult` as JSON, in pieces, while the load goes on: the bad lines first, as they come, and
 * the counts once they are known. So only an answer to a load that was done to its end is whole.
 */
export async function* bulkAnswer(load: AsyncGenerator<RejectedLine, BulkCounts>): AsyncGenerator<string> {
  let piece = '{"rejectedLines":[';
  let held = HELD_BACK;
  let separator = '';
  for (;;) {
    const { done, value } = await load.next();
    if (done === true) {
      yield `${piece}],${JSON.stringify(value satisfies Omit<BulkResult, 'rejectedLines'>).slice(1)}`;
      return;
    }
    piece += separator + JSON.stringify(value);
    separator = ',\n';
    if (piece.length < held) continue;
    yield piece;
    piece = '';
    held = PIECE;
  }
}
