import type { Pool } from 'pg';
import { untilDone } from './applier.ts';
import { invalidateAll } from './invalidate-all.ts';
import { readMark, writeMark, type Run } from './publication.ts';
import type { ChangeStreamOptions } from './stream.ts';

/** Why, where nobody has followed the commits before: nothing has gone wrong then. */
export const NEVER_WAS = 'there was no replication slot';

/**
 * If the slot is new, or it is not known that everything was invalidated since it was made, that is
 * done before the stream is followed. What may take long goes on beside the stream, as `rest`.
 */
export async function invalidateEverythingFirst(options: {
  pool: Pool;
  name: string;
  fenced: Run;
  applyAll: ChangeStreamOptions<unknown>['applyAll'];
  signal: AbortSignal;
  logger: ChangeStreamOptions<unknown>['logger'];
}): Promise<{ rest: Promise<void> }> {
  const { pool, name, fenced, signal, logger } = options;
  const marked = await readMark(pool, name);
  if (marked?.mark === 'complete') return { rest: Promise.resolve() };
  const reason = marked?.reason ?? 'the publication is gone';
  const text = `everything that is cached of the database is invalidated: ${reason}`;
  if (reason === NEVER_WAS) logger.info({ reason }, text);
  else logger.warn({ reason }, text);
  const all = async (): Promise<void> => {
    await untilDone(() => options.applyAll(reason), 'everything could not be invalidated', {
      signal,
      logger,
    });
    signal.throwIfAborted();
  };
  const { rest } = await invalidateAll(pool, all, signal);
  await writeMark(fenced, name, rest === undefined ? 'complete' : 'settling', reason);
  const settled = rest?.().then(async () => void (await writeMark(fenced, name, 'complete', reason)));
  return { rest: settled ?? Promise.resolve() };
}
