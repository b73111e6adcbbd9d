import { runContract } from '@groundwork/service/testing/contract';
import { describeAtMostOnce } from '../contract/engine-at-most-once.ts';
import { describeEndings } from '../contract/engine-endings.ts';
import { describeSurroundings } from '../contract/engine-surroundings.ts';
import { describeWithdrawals } from '../contract/engine-withdrawals.ts';
import { motoSubject } from '../support/moto-subject.ts';

/** Nothing that a command does can be seen: moto starts no containers here, and every job has succeeded at once. */
const RUNS_NOTHING = 'it runs nothing';

const TITLES = [
  'that is submitted again and again runs once',
  'that is submitted many times at once runs once',
  'that is submitted again by a broker that was restarted runs once',
  'whose answer got lost is taken once when it is submitted again',
  'is one of many, and each of them runs once',
  'at the same moment leaves it cancelled or ended, and never running',
  'tells an end until it is forgotten, also to a broker that was restarted',
  'leaves what runs to its end',
  'at any moment after the submit leaves it either withdrawn, and it never ran, or run once',
  'holds when it is submitted again, also by a broker that was restarted',
  'is the exit code 1',
  'is the exit code 77',
  'is the exit code 255',
  'by SIGTERM of its own is 143',
  'by SIGSEGV of its own is 139',
  'by SIGKILL of its own is 137',
  'of a program that is not there is 127',
  'is told as walltime when its time was over',
  'comes by itself for what was left in the background',
  'sends SIGTERM, and gives time to clean up',
  'kills what does not listen',
  'is the end of grandchildren too',
  'sends the signal of a checkpoint first, only to what handles it, and waits for the grace',
  'ends what does not end itself within the grace of its checkpoint',
  'of what has ended changes nothing',
  'gets the environment that was said, and nothing of the broker',
  'of an array knows its index',
  'gets its words as they are',
  'reads nothing from its standard input',
  'works in the directory that was said',
  'over several nodes is started as its ranks, also where there are fewer cores',
  'of text is read by range, and again',
];
/** How much is taken depends on whether the engine has looked since, as nothing runs. */
const UNDECIDED = 'goes down by what runs, and comes back';

const SUITES = [describeAtMostOnce, describeWithdrawals, describeEndings, describeSurroundings].map(
  (suite): typeof suite =>
    (test) =>
      suite((title, body) => {
        if (title !== UNDECIDED) test(title, body);
      }),
);

runContract(motoSubject(Object.fromEntries(TITLES.map((title) => [title, RUNS_NOTHING]))), SUITES);
