import type { Location } from './s3-location.ts';
import { UploadGone, type UploadCalls } from './upload-calls.ts';
import { isSame, type Identity, type Upload, type UploadJournal } from './upload-journal.ts';

/**
 * Begins an upload so that it is never forgotten: that it is about to be begun is written down first, and
 * then its id. Who finds the first without the second looks for it.
 */
export async function beginUpload(
  calls: UploadCalls,
  journal: UploadJournal | undefined,
  upload: Omit<Upload, 'id'>,
): Promise<Upload> {
  const at = Date.now();
  const settled = await journal?.intend({ to: upload.to, at });
  const { id, times } = await calls.create(upload.to);
  const begun = { ...upload, id };
  await journal?.add(begun);
  // Sent several times, it may have been begun several times.
  if (times > 1) await abortUnheardOf(calls, journal, { to: upload.to, at }, id);
  await settled?.();
  return begun;
}

/**
 * The upload of this very file that was begun before, if there is one. What is open to the same place
 * beside that, of an earlier content or because an answer got lost, is aborted.
 */
export async function findUpload(
  calls: UploadCalls,
  journal: UploadJournal,
  to: Location,
  file: Identity,
): Promise<Upload | undefined> {
  await settleIntents(calls, journal, to);
  let found: Upload | undefined;
  for (const { says } of await journal.uploads(to)) {
    if (found === undefined && isSame(says.file, file)) found = says;
    else await abortUpload(calls, journal, says);
  }
  return found;
}

/** Aborts all that is open, and forgets it. */
export async function abortAll(calls: UploadCalls, journal: UploadJournal): Promise<void> {
  await settleIntents(calls, journal);
  for (const { says } of await journal.uploads()) await abortUpload(calls, journal, says);
  await journal.forgetAll();
}

export async function abortUpload(
  calls: UploadCalls,
  journal: UploadJournal | undefined,
  upload: Upload,
): Promise<void> {
  await calls.abort(upload);
  await journal?.remove(upload);
}

async function settleIntents(calls: UploadCalls, journal: UploadJournal, to?: Location): Promise<void> {
  for (const { path, says } of await journal.intents(to)) {
    await abortUnheardOf(calls, journal, says);
    await journal.forget(path);
  }
}

/**
 * Of others that store to the same place at this moment it may hit one that has no part yet: they begin
 * another one.
 */
async function abortUnheardOf(
  calls: UploadCalls,
  journal: UploadJournal | undefined,
  { to, at }: { to: Location; at: number },
  own?: string,
): Promise<void> {
  const known = new Set((await journal?.uploads(to))?.map(({ says }) => says.id));
  for (const id of await calls.openSince(to, at)) {
    if (id === own || known.has(id)) continue;
    const isEmpty = await calls.parts({ id, to }).then(
      (parts) => parts.size === 0,
      (error: unknown) => {
        if (error instanceof UploadGone) return false;
        throw error;
      },
    );
    if (isEmpty) await calls.abort({ id, to });
  }
}
