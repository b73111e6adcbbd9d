import type { Placement } from '../ports/engine.ts';
import { Interrupted, StagingFailed, TransferError, type Store, type Transfer } from '../ports/staging.ts';
import { eachAtOnce } from './each-at-once.ts';
import { kindOf, placesOf, targetOf } from './places.ts';

export interface StageInParts {
  stores: Readonly<Record<'s3' | 'file', Store>>;
  /** On this machine; rejects with TransferError. */
  makeDirectory: (path: string) => Promise<void>;
  isDirectory: (path: string) => Promise<boolean>;
}

/** Of one attempt. */
const FILES_AT_ONCE = 8;

/** One input after the other, the later one over the earlier where both have the same name. */
export async function stageIn(
  parts: StageInParts,
  placement: Placement,
  directory: string,
  signal: AbortSignal,
): Promise<void> {
  if (!(await parts.isDirectory(directory))) {
    throw new StagingFailed('fatal', `its working directory ${directory} is no directory on this machine`);
  }
  const left: (() => Promise<void>)[] = [];
  const afterwards = (work: () => Promise<void>): void => void left.push(work);
  try {
    await bringAll(parts, placement, directory, { attempt: placement.name, signal, afterwards });
  } finally {
    // Whoever goes on with an interrupted one has to know what has come.
    if (!(signal.reason instanceof Interrupted)) for (const work of left) await work();
  }
}

async function bringAll(
  { stores, makeDirectory }: StageInParts,
  placement: Placement,
  directory: string,
  transfer: Transfer,
): Promise<void> {
  const { signal } = transfer;
  for (const [at, input] of placesOf(placement.spec.inputs, placement).entries()) {
    const sources = stores[kindOf(input.from)].list(input.from, signal);
    try {
      await eachAtOnce(sources, FILES_AT_ONCE, async (source) => {
        signal.throwIfAborted();
        const target = targetOf(directory, input, source);
        await (source.isDirectory ? makeDirectory(target) : source.copyTo(target, transfer));
      });
    } catch (error) {
      signal.throwIfAborted();
      throw problemOf(error, at);
    }
  }
}

function problemOf(error: unknown, at: number): unknown {
  if (!(error instanceof TransferError)) return error;
  const { message, why } = error;
  const reason = `an input could not be brought: ${message}`;
  switch (why) {
    case 'unavailable':
      return new StagingFailed('infrastructure', reason, error);
    case 'missing':
      return new StagingFailed('fatal', `${reason}; put it there, or correct inputs[${at}].from`, error);
    case 'forbidden':
      return new StagingFailed('fatal', `${reason}; allow it, or correct inputs[${at}]`, error);
    case 'unfit':
      return new StagingFailed('fatal', `${reason}; correct inputs[${at}]`, error);
  }
}
