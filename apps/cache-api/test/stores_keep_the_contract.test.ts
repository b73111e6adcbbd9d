import { runContract } from './contract/contract.ts';
import { describeInvalidation } from './contract/invalidation.ts';
import { describeKeysAndValues } from './contract/keys-and-values.ts';
import { describeLeases } from './contract/leases.ts';
import { KINDS, subjectOf } from './contract/subjects.ts';
import { describeWritingThrough } from './contract/writing-through.ts';

for (const kind of Object.values(KINDS)) {
  runContract(subjectOf(kind), [
    describeLeases,
    describeInvalidation,
    describeWritingThrough,
    describeKeysAndValues,
  ]);
}
