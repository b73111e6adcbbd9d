import { duration, num } from '../planner/span.ts';
import type { ElementGroup, JobFacts, TransferFact } from './facts.ts';
import { instant, secondsBetween, type Because } from './finding.ts';

/** Its data has not been brought yet: how far that is, and since when. */
export function whyWithoutData({ transfer, now }: JobFacts, { waits, held }: ElementGroup): Because[] {
  if (transfer === undefined || transfer.state === 'brought') return [];
  const { task, state, reason, startedAt, notBefore } = transfer;
  const by = `the DataSync task ${task}`;
  const said = reason === null ? '' : `: ${reason}`;
  const next = `${task} has brought its data`;
  switch (state) {
    case 'running': {
      const since =
        startedAt === null
          ? ''
          : ` since ${instant(startedAt)}, for ${duration(Math.max(0, Math.round(secondsBetween(startedAt, now))))}`;
      return [{ because: `its data is being brought by ${by}${since}: ${howFar(transfer)}${said}`, next }];
    }
    case 'starting':
      return [
        {
          because: `its data is to be brought by ${by}, which has been asked to begin, and nobody knows yet whether it has${said}`,
          next,
        },
      ];
    case 'waiting': {
      if (waits || held)
        return [{ because: `its data is brought by ${by} once nothing else keeps it waiting`, next }];
      const left = notBefore === null ? 0 : secondsBetween(now, notBefore);
      const when = left > 0 ? `; not before ${instant(notBefore!)}` : '';
      return [{ because: `its data waits to be brought by ${by}${said}${when}`, next }];
    }
    case 'failed':
    case 'cancelled':
      return [{ because: `its data was not brought by ${by}: ${state}${said}` }];
  }
}

function howFar({ status, bytesDone, bytesTotal, filesDone, filesTotal }: TransferFact): string {
  const where = status ?? 'nothing was heard of it yet';
  if (bytesDone === null || bytesTotal === null) return where;
  const share = bytesTotal === 0 ? 100 : Math.floor((bytesDone / bytesTotal) * 100);
  const files =
    filesDone === null || filesTotal === null ? '' : `, ${num(filesDone)} of ${num(filesTotal)} files`;
  return `${where}, ${num(bytesDone)} of ${num(bytesTotal)} bytes (${share} %)${files}`;
}
