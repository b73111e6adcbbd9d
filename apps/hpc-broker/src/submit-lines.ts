import { BulkAccepted, Submission, type RejectedJobs } from '@groundwork/contracts';
import { inTransaction, once } from '@groundwork/database';
import type { Transaction } from 'kysely';
import { NoSuchJob } from './ports/ledger.ts';
import {
  answerOf,
  JobRefused,
  prepare,
  QueueFull,
  SubmissionInvalid,
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

function submitPart(
  parts: SubmitParts,
  lines: readonly string[],
  first: number,
  { by, idempotencyKey: key }: Submitter,
): Promise<{ answer: Result; repeated: boolean }> {
  const result: Result = { jobs: [], rejected: [] };
  const planned: Line[] = lines.flatMap(
    (line, at) => prepared(parts, line, first + at, result.rejected) ?? [],
  );
  return retrying(planned, result.rejected, (left) =>
    inTransaction(parts.db, async (tx) => {
      const create = () => writeLines(tx, left, result, by);
      return key === undefined
        ? { answer: await create(), repeated: false }
        : once(tx, { scope: `lines of ${by}`, key: `${key} ${first}`, request: lines }, create);
    }),
  );
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
  lines: readonly Line[],
  rejected: RejectedJobs[],
  attempt: (lines: readonly Line[]) => Promise<T>,
): Promise<T> {
  let left = lines;
  for (;;) {
    try {
      return await attempt(left);
    } catch (error) {
      if (!(error instanceof NoSuchJob)) throw error;
      const { id, message } = error;
      const waits = ({ planned }: Line): boolean =>
        planned.jobs.some(({ dependsOn }) => dependsOn.some(({ on }) => on === id));
      for (const { number } of left.filter(waits))
        rejected.push({ line: number, code: 'no_such_job', message });
      left = left.filter((line) => !waits(line));
    }
  }
}

/** Undefined: there is nothing in this line, or what is wrong with it has been told. */
function prepared(
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
  const parsed = Submission.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return reject('invalid_request', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  try {
    return { number, planned: prepare(parts, parsed.data) };
  } catch (error) {
    if (error instanceof SubmissionInvalid) return reject('invalid_request', error.message);
    if (error instanceof JobRefused) return reject('job_refused', error.message);
    throw error;
  }
}
