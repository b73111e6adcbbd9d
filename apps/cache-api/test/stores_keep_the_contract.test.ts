import { runContract } from '@groundwork/service/testing/contract';
import { describeInvalidation } from './contract/invalidation.ts';
import { describeKeysAndValues } from './contract/keys-and-values.ts';
import { describeLeases } from './contract/leases.ts';
import { KINDS, MEMORY, subjectOf } from './contract/subjects.ts';
import { describeWritingThrough } from './contract/writing-through.ts';

for (const subject of [MEMORY, ...Object.values(KINDS).map(subjectOf)]) {
  runContract(subject, [describeLeases, describeInvalidation, describeWritingThrough, describeKeysAndValues]);
}
