import type { BulkAccepted, RejectedJobs } from '@groundwork/contracts';
import { inTransaction, once } from '@groundwork/database';
import type { Transaction } from 'kysely';
import { parseSubmission } from './parse-submission.ts';
import { NoSuchJob } from './ports/ledger.ts';
import {
  answerOf,
  JobRefused,
  planOf,
  QueueFull,
  SubmissionInvalid,
  takeRoom,
  write,
  type Planned,
  type SubmitParts,
  type Submitter,
} from './submit.ts';

/** Lines that are written down in one transaction: the same each time, as each such part has a key of its own. */
const PART = 500;

interface Line {
  number: number;
  planned: Planned;
}

type Result = Pick<BulkAccepted, 'jobs' | 'rejected'>;

/**
 * Many submissions, one per line. Those that are wrong are told and hold up no others. When there is no room
 * for more it stops, and tells with which line to go on. Sent again with its key, it adds only what is not
 * there yet.
 *
 * Throws IdempotencyKeyReused, and QueueFull when it could not take anything at all.
 */
export async function submitLines(parts: SubmitParts, text: string, from: Submitter): Promise<BulkAccepted> {
  const lines = text.split('\n');
  const all: Required<BulkAccepted> = { lines: 0, repeated: true, jobs: [], rejected: [], stopped: null };
  for (let first = 0; first < lines.length && all.stopped === null; first += PART) {
    const some = lines.slice(first, first + PART);
    try {
      const { answer, repeated } = await submitPart(parts, some, first + 1, from);
      all.jobs.push(...answer.jobs);
      all.rejected.push(...answer.rejected);
      all.lines += some.filter((line) => line.trim() !== '').length;
      all.repeated &&= repeated;
      if (!repeated) parts.tell();
    } catch (error) {
      if (!(error instanceof QueueFull) || first === 0) throw error;
      const { message, retryAfterSeconds } = error;
      all.stopped = { line: first + 1, code: 'queue_full', message, retryAfterSeconds };
    }
  }
  return all;
}

/** Of lines that have been taken under their key nothing is looked at again. */
function submitPart(
  parts: SubmitParts,
  lines: readonly string[],
  first: number,
  { by, idempotencyKey: key }: Submitter,
): Promise<{ answer: Result; repeated: boolean }> {
  const result: Result = { jobs: [], rejected: [] };
  // The transaction may be repeated; what is planned and counted in it is so once.
  let planned: Line[] | undefined;
  const plan = (): Line[] => (planned ??= prepareLines(parts, lines, first, result.rejected));
  if (key === undefined) plan();
  return retrying(result.rejected, plan, (left) =>
    inTransaction(parts.db, async (tx) => {
      const create = () => writeLines(tx, left(), result, by);
      return key === undefined
        ? { answer: await create(), repeated: false }
        : once(tx, { scope: `lines of ${by}`, key: `${key} ${first}`, request: lines }, create);
    }),
  );
}

/** Throws QueueFull. */
function prepareLines(
  parts: SubmitParts,
  lines: readonly string[],
  first: number,
  rejected: RejectedJobs[],
): Line[] {
  const planned = lines.flatMap((line, at) => planLine(parts, line, first + at, rejected) ?? []);
  takeRoom(
    parts,
    planned.map((one) => one.planned),
  );
  return planned;
}

async function writeLines(
  tx: Transaction<unknown>,
  lines: readonly Line[],
  { rejected }: Result,
  by: string,
): Promise<Result> {
  if (lines.length > 0)
    await write(
      tx,
      lines.map(({ planned }) => planned),
      by,
    );
  const jobs = lines.flatMap(({ number, planned }) => {
    const { id, jobs: all } = answerOf(planned);
    return { line: number, id, jobs: planned.workflow === undefined ? [] : all };
  });
  return { jobs, rejected };
}

/** Without those that wait for a job that there is not: the transaction has told of one at a time. */
async function retrying<T>(
  rejected: RejectedJobs[],
  plan: () => readonly Line[],
  attempt: (left: () => readonly Line[]) => Promise<T>,
): Promise<T> {
  const absent = new Set<string>();
  const waits = ({ planned }: Line): boolean =>
    planned.jobs.some(({ dependsOn }) => dependsOn.some(({ on }) => absent.has(on)));
  for (;;) {
    try {
      return await attempt(() => plan().filter((line) => !waits(line)));
    } catch (error) {
      if (!(error instanceof NoSuchJob)) throw error;
      const { id, message } = error;
      const before = plan().filter((line) => !waits(line));
      absent.add(id);
      for (const { number } of before.filter(waits))
        rejected.push({ line: number, code: 'waits_for_nobody', message });
    }
  }
}

/** Undefined: there is nothing in this line, or what is wrong with it has been told. */
function planLine(
  parts: SubmitParts,
  line: string,
  number: number,
  rejected: RejectedJobs[],
): Line | undefined {
  if (line.trim() === '') return undefined;
  const reject = (code: string, message: string): undefined =>
    void rejected.push({ line: number, code, message });
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    return reject('malformed_json', (error as Error).message);
  }
  try {
    return { number, planned: planOf(parts, parseSubmission(json)) };
  } catch (error) {
    if (error instanceof SubmissionInvalid) return reject('invalid_request', error.message);
    if (error instanceof JobRefused) return reject('job_refused', error.message);
    throw error;
  }
}
