import { join } from 'node:path';
import type { Placement } from '../ports/engine.ts';
import { StagingFailed, TransferError, type Made, type Store } from '../ports/staging.ts';
import { eachAtOnce } from './each-at-once.ts';
import { destinationOf, kindOf, placesOf } from './places.ts';

export interface StageOutParts {
  stores: Readonly<Record<'s3' | 'file', Store>>;
  /** A file, or a directory with what is in it, but nothing outside of `within`; rejects with TransferError. */
  find: (path: string, within: string) => AsyncIterable<Made>;
}

/** Of one attempt. */
const FILES_AT_ONCE = 8;

interface Storing {
  at: number;
  from: string;
  file: string;
  to: string;
}

/** First all that the job should have made is looked for: half of its outputs would look like all of them. */
export async function stageOut(
  { stores, find }: StageOutParts,
  placement: Placement,
  { directory, journals }: { directory: string; journals: string | undefined },
  signal: AbortSignal,
): Promise<void> {
  const { name, spec } = placement;
  const storing: Storing[] = [];
  for (const [at, output] of placesOf(spec.outputs, placement).entries()) {
    try {
      for await (const { path, isDirectory, file } of find(join(directory, output.from), directory)) {
        signal.throwIfAborted();
        if (!isDirectory) storing.push({ at, from: output.from, file, to: destinationOf(output, path) });
      }
    } catch (error) {
      throw notMade(error, at, output.from);
    }
  }
  await eachAtOnce(storing, FILES_AT_ONCE, async (one) => {
    signal.throwIfAborted();
    try {
      await stores[kindOf(one.to)].put(one.file, one.to, { attempt: name, signal, journals });
    } catch (error) {
      signal.throwIfAborted();
      throw notStored(error, one);
    }
  });
}

function notMade(error: unknown, at: number, from: string): unknown {
  if (!(error instanceof TransferError)) return error;
  const { message, why } = error;
  if (why === 'unavailable') {
    return new StagingFailed('infrastructure', `its work was done, but ${from}: ${message}`, error);
  }
  const reason =
    why === 'missing'
      ? `it ended without having made its output ${from}; write it to the working directory, or correct outputs[${at}].from`
      : `its output ${from} cannot be stored: ${message}`;
  return new StagingFailed('user', reason, error);
}

/** Doing the work again would not change that a place is refused or not there. */
function notStored(error: unknown, { at, from }: Storing): unknown {
  if (!(error instanceof TransferError)) return error;
  const reason = `its work was done, but its output ${from} could not be stored: ${error.message}`;
  return error.why === 'unavailable'
    ? new StagingFailed('infrastructure', reason, error)
    : new StagingFailed('fatal', `${reason}; correct outputs[${at}].to, or allow it`, error);
}
