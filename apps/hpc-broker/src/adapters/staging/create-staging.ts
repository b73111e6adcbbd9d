import type { S3Client } from '@aws-sdk/client-s3';
import { TransferError, type Staging } from '../../ports/staging.ts';
import { journalsOf } from '../../staging/places.ts';
import { stageIn } from '../../staging/stage-in.ts';
import { stageOut } from '../../staging/stage-out.ts';
import { createFileStore, isDirectory, isEmpty, makeDirectory } from './file-store.ts';
import { abortAll } from './open-uploads.ts';
import { createS3Store } from './s3-store.ts';
import { uploadCalls } from './upload-calls.ts';
import { UploadJournal } from './upload-journal.ts';
import { walk } from './walk.ts';

export interface StagingOptions {
  /** Files and objects that are larger are transferred in parts of so many bytes; 5 MiB at least, for S3. */
  partBytes?: number | undefined;
}

export const MIB = 1_024 ** 2;
const PART_BYTES = 64 * MIB;

/** Between working directories that this process can write, the files of this machine, and S3. */
export function createStaging(s3: S3Client, { partBytes = PART_BYTES }: StagingOptions = {}): Staging {
  const stores = { s3: createS3Store(s3, { partBytes }), file: createFileStore() };
  const abandon = async (journals: string | undefined, signal: AbortSignal): Promise<void> => {
    if (journals === undefined || !(await isDirectory(journals))) return;
    await abortAll(uploadCalls(s3, signal), new UploadJournal(journals));
  };
  return {
    bringInputs: (placement, directory, signal) =>
      stageIn({ stores, makeDirectory, isDirectory }, placement, directory, signal),
    isBrought: async (directory) => !(await isEmpty(directory)),
    async storeOutputs(placement, directory, signal) {
      const journals = journalsOf(placement, directory);
      await stageOut({ stores, find: walk }, placement, { directory, journals }, signal);
      await abandon(journals, signal).catch((error: unknown) => {
        // What was begun beside that is left open: the outputs are there all the same.
        if (!(error instanceof TransferError)) throw error;
      });
    },
    abandonOutputs: (placement, directory, signal) => abandon(journalsOf(placement, directory), signal),
  };
}
