import type { Suite } from './contract.ts';
import { describeCopy } from './s3-copy.ts';
import { describeIntegrity } from './s3-integrity.ts';
import { describeKeys } from './s3-keys.ts';
import { describeObjects } from './s3-objects.ts';
import { describePresigned } from './s3-presigned.ts';
import { describeRanges } from './s3-ranges.ts';

/** Every target runs the same suites. */
export const suites: readonly Suite[] = [
  describeObjects,
  describeKeys,
  describeRanges,
  describeCopy,
  describePresigned,
  describeIntegrity,
];
