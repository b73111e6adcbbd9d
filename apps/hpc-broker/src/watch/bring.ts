import {
  TransferBusy,
  TransferRefused,
  TransferUnavailable,
  type DatasetTransfers,
  type ListedExecution,
} from '../ports/dataset-transfer.ts';
import type { OpenTransfer, TransferLedger } from '../ports/transfer-ledger.ts';

export interface BringingParts {
  ledger: TransferLedger;
  transfers: DatasetTransfers;
  /**
   * How long after a start nobody knows whether there is an execution: the request may still be on its way,
   * and lists may not show yet what there is.
   */
  quietMs: number;
  /** Told once a job may begin, or has ended. */
  tell: () => void;
  signal: AbortSignal;
}

/**
 * One look at the transfers of one task, in their order. An execution is begun only while the task has none
 * in progress, whoever's it is, so that each job's data is as its source was after the job had been taken,
 * and what is marked as somebody's is the only one that can be.
 */
export async function tend(parts: BringingParts, ofTask: readonly OpenTransfer[]): Promise<void> {
  for (const one of ofTask) if (one.state !== 'waiting') await attend(parts, one);
  const isFree = ofTask.every(({ state }) => state === 'waiting');
  for (const one of ofTask.filter(({ state, isWanted }) => state === 'waiting' && !isWanted))
    await parts.ledger.cancelled(one);
  const next = ofTask.find(({ isWanted, isDue }) => isWanted && isDue);
  if (isFree && next !== undefined) await saying(parts, next, () => begin(parts, next));
}

const attend = (parts: BringingParts, one: OpenTransfer): Promise<void> =>
  saying(parts, one, () => (one.state === 'starting' ? find(parts, one) : follow(parts, one)));

/** What nobody answers is asked again the next time, and told until then. */
async function saying(parts: BringingParts, one: OpenTransfer, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof TransferUnavailable || error instanceof TransferBusy)) throw error;
    await parts.ledger.say(one, `${error.message}; it is tried again`);
  }
}

/** Nothing of it is under way, as far as is written down. */
async function begin(parts: BringingParts, one: OpenTransfer): Promise<void> {
  const listed = await listedFor(parts, one);
  if (listed === undefined) return;
  const own = ownOf(listed, asked(one));
  if (own === undefined && (await isInUse(parts, one, listed))) return;
  if (own === undefined) return start(parts, one);
  if (await parts.ledger.ask(one)) await parts.ledger.begun(asked(one), own.id);
}

/** As it is once it is asked for: by the same number again, where it is not known what became of that. */
const asked = (one: OpenTransfer): OpenTransfer => ({
  ...one,
  state: 'starting',
  attempts: one.state === 'starting' ? one.attempts : one.attempts + 1,
});

/** Undefined: the task cannot be listed, and so not be run; that counts as an execution that failed. */
async function listedFor(
  { transfers, ledger, tell }: BringingParts,
  one: OpenTransfer,
): Promise<ListedExecution[] | undefined> {
  try {
    return await transfers.executions(one.taskArn);
  } catch (error) {
    if (!(error instanceof TransferRefused)) throw error;
    await ledger.failed(one, error.message);
    tell();
    return undefined;
  }
}

const ownOf = (listed: readonly ListedExecution[], { job, attempts }: OpenTransfer) =>
  listed.find(({ mark }) => mark?.job === job && mark.attempt === attempts);

/** Says so. */
async function isInUse(
  { ledger }: BringingParts,
  one: OpenTransfer,
  listed: readonly ListedExecution[],
): Promise<boolean> {
  const busy = listed.find(({ isOver }) => !isOver);
  if (busy === undefined) return false;
  await ledger.say(one, `${one.task} is in use: ${busy.id} has not ended`);
  return true;
}

/** It is written down before anybody is asked, so that it is looked for if nobody hears what came of it. */
async function start(parts: BringingParts, before: OpenTransfer): Promise<void> {
  const { transfers, ledger, signal, quietMs, tell } = parts;
  const since = performance.now();
  if (!(await ledger.ask(before))) return;
  // Somebody else may lead by now, who starts it again when the quiet time is over.
  if (signal.aborted || performance.now() - since > quietMs / 2) return;
  const one = asked(before);
  try {
    await ledger.begun(one, await transfers.start(one.taskArn, { job: one.job, attempt: one.attempts }));
  } catch (error) {
    if (error instanceof TransferBusy) await ledger.notBegun(one, `${error.message}; it is tried again`);
    else if (error instanceof TransferRefused) {
      await ledger.failed(one, error.message);
      tell();
    } else if (error instanceof TransferUnavailable)
      await ledger.say(one, `${error.message}; it is looked for`);
    else throw error;
  }
}

/** It was asked for, and nobody knows what became of that: the answer got lost, or whoever asked has died. */
async function find(parts: BringingParts, one: OpenTransfer): Promise<void> {
  const { ledger, quietMs } = parts;
  const listed = await listedFor(parts, one);
  if (listed === undefined) return;
  const own = ownOf(listed, one);
  if (own !== undefined) return ledger.begun(one, own.id);
  if (one.askedMsAgo < quietMs) return;
  if (!one.isWanted) return ledger.cancelled(one);
  if (await isInUse(parts, one, listed)) return;
  await start(parts, one);
}

async function follow(parts: BringingParts, one: OpenTransfer): Promise<void> {
  const { ledger, transfers, tell } = parts;
  const sighting = await transfers.look(one.execution ?? '').catch((error: unknown) => {
    if (error instanceof TransferRefused) return error;
    throw error;
  });
  if (sighting instanceof TransferRefused) {
    // What has just begun may not be known everywhere yet.
    if (one.askedMsAgo < parts.quietMs) return ledger.say(one, `${sighting.message}; it is looked for`);
    return fail(parts, one, sighting.message);
  }
  switch (sighting.state) {
    case 'brought':
      await ledger.brought(one, sighting);
      return tell();
    case 'failed':
      return fail(parts, one, sighting.reason ?? sighting.status);
    case 'ending':
      return ledger.saw(one, sighting);
    case 'running':
      await ledger.saw(one, sighting);
      if (!one.isWanted) await cancel(parts, one);
  }
}

async function fail({ ledger, tell }: BringingParts, one: OpenTransfer, reason: string): Promise<void> {
  if (!one.isWanted) return ledger.cancelled(one);
  await ledger.failed(one, reason);
  tell();
}

async function cancel({ transfers }: BringingParts, { execution }: OpenTransfer): Promise<void> {
  await transfers.cancel(execution ?? '').catch((error: unknown) => {
    // It has ended meanwhile: the next look says how.
    if (!(error instanceof TransferRefused)) throw error;
  });
}
