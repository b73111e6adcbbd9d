import { runContract } from '@groundwork/service/testing/contract';
import { describeAtMostOnce } from '../contract/engine-at-most-once.ts';
import { describeEndings } from '../contract/engine-endings.ts';
import { describeSurroundings } from '../contract/engine-surroundings.ts';
import { describeWithdrawals } from '../contract/engine-withdrawals.ts';
import { cliClient, restClient } from '../support/slurm-clients.ts';
import { slurmSubject } from '../support/slurm-subject.ts';

const SUITES = [describeAtMostOnce, describeWithdrawals, describeEndings, describeSurroundings];

runContract(slurmSubject('Slurm by its tools', cliClient), SUITES);
runContract(slurmSubject('Slurm by slurmrestd', restClient), SUITES);
