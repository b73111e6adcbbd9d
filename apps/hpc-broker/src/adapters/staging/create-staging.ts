import type { S3Client } from '@aws-sdk/client-s3';
import type { Staging } from '../../ports/staging.ts';
import { stageIn } from '../../staging/stage-in.ts';
import { stageOut } from '../../staging/stage-out.ts';
import { createFileStore, isDirectory, isEmpty, makeDirectory } from './file-store.ts';
import { createS3Store } from './s3-store.ts';
import { walk } from './walk.ts';

/** Between working directories that this process can write, the files of this machine, and S3. */
export function createStaging(s3: S3Client): Staging {
  const stores = { s3: createS3Store(s3), file: createFileStore() };
  return {
    bringInputs: (placement, directory, signal) =>
      stageIn({ stores, makeDirectory, isDirectory }, placement, directory, signal),
    isBrought: async (directory) => !(await isEmpty(directory)),
    storeOutputs: (placement, directory, signal) =>
      stageOut({ stores, find: walk }, placement, directory, signal),
  };
}
