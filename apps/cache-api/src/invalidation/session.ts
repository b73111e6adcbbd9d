import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import { createApplier } from './applier.ts';
import { areSame, findTables, type Relations } from './declared-tables.ts';
import { invalidateEverythingFirst, NEVER_WAS } from './everything-first.ts';
import { createDecoder } from './pgoutput.ts';
import { isAsDeclared, preparePublication, readMark, writeMark, type Run } from './publication.ts';
import { requireSettings } from './requirements.ts';
import { applicationName, createSlot, isLost, readSlot, requireOurs, untilFree } from './slot.ts';
import type { ChangeStreamOptions, Commit } from './stream.ts';
import { createAssembler, type Transaction } from './transactions.ts';
import { untilVisible } from './visibility.ts';
import { openWalsender, type Walsender } from './walsender.ts';

export interface SessionOptions {
  databaseUrl: string;
  pool: Pool;
  tables: readonly string[];
  name: string;
  /** One statement, or several in one transaction, that only the leader may make. */
  fenced: <T>(work: (run: Run) => Promise<T>) => Promise<T>;
  apply: ChangeStreamOptions<unknown>['apply'];
  applyAll: ChangeStreamOptions<unknown>['applyAll'];
  onApplied: (batch: readonly Commit[]) => void;
  /** The stream is followed from now on. */
  onFollowing: (stream: Walsender) => void;
  logger: ChangeStreamOptions<unknown>['logger'];
}

/** How often slot, publication and tables are looked at for what others did to them, in ms. */
const WATCH_MS = 5_000;
/** What is being applied when the lease ends gets this long, in ms, to be confirmed. */
const LAST_MS = 1_000;

/**
 * Follows the slot until the signal aborts; rejects when the stream breaks, and may be called again.
 *
 * States: preparing (settings, tables, publication, slot) → invalidating everything, if the slot is
 * new or the mark says so → following → ended. What breaks, and where it resumes: at the
 * last confirmed position, so that what was applied but not confirmed comes again.
 */
export async function followSlot(options: SessionOptions, aborted: AbortSignal): Promise<void> {
  const ending = new AbortController();
  const signal = AbortSignal.any([aborted, ending.signal]);
  const { pool, name, logger } = options;
  await requireSettings(pool);
  const relations = await findTables(pool, options.tables);
  await prepare(options, signal);
  const one: Run = (sql, values) => options.fenced((run) => run(sql, values));
  const { rest } = await invalidateEverythingFirst({ ...options, fenced: one, signal });
  rest.catch(() => undefined);

  const decode = createDecoder();
  const assembler = createAssembler({
    tablesOf(relation) {
      const tables = relations.get(relation);
      // Otherwise a partition that was made since, for instance; `watch` will find it.
      return tables === undefined ? { tables: options.tables, isSure: false } : { tables, isSure: true };
    },
  });
  const stream = await openWalsender({
    databaseUrl: options.databaseUrl,
    name,
    applicationName: applicationName(name),
  });
  const applier = createApplier<Transaction & { position: bigint }>({
    ready: (batch) =>
      untilVisible(
        pool,
        batch.filter(hasContent).map(({ xid }) => xid),
        signal,
      ),
    async apply(batch) {
      const commits = batch
        .filter(hasContent)
        .map(({ changes, own, version, committedAt }) => ({ changes, own, version, committedAt }));
      if (commits.length > 0) await options.apply(commits);
    },
    onApplied(batch, confirmed) {
      stream.confirm(confirmed);
      options.onApplied(batch.filter(hasContent));
    },
    onFull: (isFull) => (isFull ? stream.pause() : stream.resume()),
    signal,
    logger,
  });
  try {
    await stream.start({
      onData(bytes) {
        const message = decode(bytes);
        const transaction = message && assembler.add(message, bytes.length);
        if (transaction === undefined) return;
        applier.push({ ...transaction, position: transaction.version });
      },
      onReached(position) {
        // Within a transaction, it is told how far others are that come later.
        if (assembler.isOpen) return;
        applier.reached(position);
        stream.confirm(applier.confirmed);
      },
    });
    options.onFollowing(stream);
    await Promise.race([
      stream.ended,
      applier.done,
      rest.then(() => untilAborted(signal)),
      watch(options, relations, one, signal),
      untilAborted(signal),
    ]);
  } finally {
    ending.abort(new Error('the stream has ended'));
    await Promise.race([applier.done.catch(() => undefined), delay(LAST_MS)]);
    await stream.close();
  }
}

/** Those without are only there to be confirmed. */
function hasContent({ changes, own }: Commit): boolean {
  return changes.length > 0 || own.length > 0;
}

/** Publication first: what was logged before there is one cannot be decoded. */
async function prepare(options: SessionOptions, signal: AbortSignal): Promise<void> {
  const { pool, name, tables, logger } = options;
  const made = await options.fenced((run) => preparePublication(run, name, tables));
  const slot = await readSlot(pool, name);
  if (slot !== undefined) await requireOurs(pool, name, slot);
  const why =
    slot === undefined
      ? await whyThereIsNone(pool, name, made)
      : isLost(slot)
        ? `the replication slot was lost (${slot.invalidationReason ?? 'max_slot_wal_keep_size'})`
        : made === 'created'
          ? 'the publication was made anew'
          : undefined;
  const fenced: Run = (sql, values) => options.fenced((run) => run(sql, values));
  const end = async (sql: string, values: unknown[]): Promise<void> => void (await fenced(sql, values));
  if (slot !== undefined) await untilFree(pool, name, end, signal);
  if (why === undefined) return;
  // What is new has lost nothing, and is told once, when everything is invalidated for it.
  if (why !== NEVER_WAS) logger.warn({ slot: name }, why);
  await writeMark(fenced, name, 'pending', why);
  if (slot !== undefined) await fenced('SELECT pg_drop_replication_slot($1)', [name]);
  await createSlot({ ...options, signal });
}

/** Whoever keeps the publication for us leaves no mark there: then nobody knows whether there ever was a slot. */
async function whyThereIsNone(
  pool: Pool,
  name: string,
  made: 'created' | 'altered' | undefined,
): Promise<string> {
  const wasThere = made !== 'created' && (await readMark(pool, name))?.mark !== 'unknown';
  return wasThere ? 'the replication slot is gone' : NEVER_WAS;
}

/** Rejects when what the stream stands on has changed. */
async function watch(
  { pool, name, tables }: SessionOptions,
  relations: Relations,
  fenced: Run,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await delay(WATCH_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    await requireSettings(pool);
    const slot = await readSlot(pool, name);
    if (slot === undefined || isLost(slot)) throw new Error(`the replication slot ${name} is gone or lost`);
    if (!(await isAsDeclared(pool, name, tables))) throw new Error(`the publication ${name} was changed`);
    if (!areSame(relations, await findTables(pool, tables))) {
      // Attaching and detaching partitions changes what a table has without a word in the log.
      const why = 'the declared tables have other partitions or heirs';
      await writeMark(fenced, name, 'pending', why);
      throw new Error(why);
    }
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
