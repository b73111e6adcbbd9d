import { runContract } from '@groundwork/service/testing/contract';
import { describeAtMostOnce } from './contract/engine-at-most-once.ts';
import { describeEndings } from './contract/engine-endings.ts';
import { describeSurroundings } from './contract/engine-surroundings.ts';
import { describeWithdrawals } from './contract/engine-withdrawals.ts';
import { localSubject } from './support/local-subject.ts';

const SUITES = [describeAtMostOnce, describeWithdrawals, describeEndings, describeSurroundings];

for (const subject of [
  localSubject('processes of this machine', {}),
  localSubject('processes of this machine without cgroups', { useCgroups: false }),
]) {
  runContract(subject, SUITES);
}
