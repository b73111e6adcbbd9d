import { runContract } from '@groundwork/service/testing/contract';
import { describeAtMostOnce } from '../contract/engine-at-most-once.ts';
import { describeEndings } from '../contract/engine-endings.ts';
import { describeSurroundings } from '../contract/engine-surroundings.ts';
import { describeWithdrawals } from '../contract/engine-withdrawals.ts';
import { batchSubject } from '../support/batch-subject.ts';

runContract(batchSubject('AWS Batch, as the sandbox has it'), [
  describeAtMostOnce,
  describeWithdrawals,
  describeEndings,
  describeSurroundings,
]);
