import { TransferError } from '../../ports/staging.ts';

const READING: Readonly<Record<string, [TransferError['why'], string]>> = {
  ENOENT: ['missing', 'is not there'],
  ENOTDIR: ['missing', 'is not there'],
  EACCES: ['forbidden', 'may not be read by the user of the broker'],
  EPERM: ['forbidden', 'may not be read by the user of the broker'],
  ELOOP: ['unfit', 'is a link that leads to itself'],
};

const WRITING: Readonly<Record<string, [TransferError['why'], string]>> = {
  EACCES: ['forbidden', 'may not be written by the user of the broker'],
  EPERM: ['forbidden', 'may not be written by the user of the broker'],
  EROFS: ['forbidden', 'is on a file system that is read-only'],
  EISDIR: ['unfit', 'is a directory'],
  ENOTDIR: ['unfit', 'would have to be in a file'],
  EEXIST: ['unfit', 'would have to be in a file'],
  ENAMETOOLONG: ['unfit', 'is too long a name'],
};

/** A full disk and whatever else is not listed may be over the next time. */
function fileError(
  known: typeof READING,
  verb: string,
): (place: string) => (error: NodeJS.ErrnoException) => never {
  return (place) => (error) => {
    if (error.name === 'AbortError') throw error;
    const [why, says] = known[error.code ?? ''] ?? ['unavailable', `could not be ${verb}: ${error.message}`];
    throw new TransferError(why, `${place} ${says}`, error);
  };
}

/** For `catch`: throws a TransferError about a file that was to be read. */
export const notRead = fileError(READING, 'read');
/** About a file that was to be written. */
export const notWritten = fileError(WRITING, 'written');
