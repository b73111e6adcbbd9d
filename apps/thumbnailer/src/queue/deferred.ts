import { DeferredWork } from '@groundwork/contracts';
import { PermanentFailure, type MessageHandler } from '@groundwork/messaging';
import { tend, type HandleParts } from '../domain/handle-change.ts';
import { advance, type SweepParts } from '../domain/sweep.ts';
import type { Metrics } from '../metrics.ts';

export interface DeferredHandlerParts {
  /** With a renderer that waits until uploads leave room. */
  tend: HandleParts;
  sweep: SweepParts;
  metrics: Metrics;
}

/** What can wait: an object to look at again, or the next page of a sweep. */
export function createDeferredHandler(parts: DeferredHandlerParts): MessageHandler {
  return async (message, { signal, log }) => {
    const work = parse(message.body);
    const redelivered = message.receiveCount > 1;
    if ('sweep' in work) {
      await advance(parts.sweep, { id: work.sweep, revision: work.revision, redelivered }, signal);
      return;
    }
    const { revision, ...ref } = work.tend;
    const converged = await tend(parts.tend, ref, signal, { redelivered, revision });
    parts.metrics.outcome(converged);
    log.info(
      { key: work.tend.key, outcome: converged.outcome },
      `tended ${work.tend.key}: ${converged.outcome}`,
    );
  };
}

function parse(body: string): DeferredWork {
  try {
    return DeferredWork.parse(JSON.parse(body));
  } catch (error) {
    throw new PermanentFailure(`The message is no deferred work: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
