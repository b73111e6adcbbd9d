import type { JobSpec } from '@groundwork/contracts';
import type { OnEc2, Parent } from './exported.ts';
import { threadsPerCore } from './threads.ts';

/** docs.aws.amazon.com/batch/latest/userguide/service_limits.html */
export const MOST_DEFINITION_BYTES = 24 * 1_024;
export const MOST_SUBMIT_BYTES = 30 * 1_024;
export const MOST_DEPENDENCIES = 20;
export const MOST_TAGS = 50;
export const LEAST_TIMEOUT_SECONDS = 60;
/** Of memory for each core where nobody has said how much, as instances c* have it for each vCPU. */
export const MIB_PER_CORE = 2_048;

/** Without an instance type: of ARM there is none that has two, and of others most have. */
export function threadsOf({ resources }: JobSpec, on: OnEc2 | undefined): 1 | 2 {
  if (on !== undefined) return threadsPerCore(on.type);
  return resources.arch === 'arm64' ? 1 : 2;
}

/** Batch sets those, and takes none from others. */
export const isReserved = (name: string): boolean => name.startsWith('AWS_BATCH');

/** Names and values that tags may have; others are in the notes. */
const TAG = /^[\w .:/=+@-]{1,255}$/;
export const isTag = ([name, value]: [string, string]): boolean =>
  TAG.test(name) && TAG.test(value) && !name.startsWith('aws:');

/** All that Batch has a word for. */
export const isOnSuccess = ({ when }: Parent): boolean => when === 'afterok';
