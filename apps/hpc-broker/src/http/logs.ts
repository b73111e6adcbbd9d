import { ProblemError, requireScope, validate } from '@groundwork/service';
import { Router, type Request, type Response } from 'express';
import type { Kysely } from 'kysely';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { readElementState } from '../adapters/postgres/read-jobs.ts';
import type { AttemptId } from '../domain/jobs/attempt-name.ts';
import { plural } from '../domain/planner/span.ts';
import type { Stream } from '../ports/engine.ts';
import type { OutputReader } from '../ports/output.ts';
import { jobIn, noSuchJob } from './jobs.ts';
import { followLog } from './log-events.ts';
import type { BrokerProblem } from './problems.ts';
import { rangeIn, type ByteRange } from './range.ts';

export interface LogRouteParts {
  db: Kysely<unknown>;
  output: OutputReader;
  /** Aborts when the service stops: whoever follows is told to come back. */
  stopping: AbortSignal;
}

export const LogQuery = z.strictObject({
  element: z.coerce.number().int().min(0).max(9_999).default(0).meta({ description: 'Of an array' }),
  attempt: z.coerce.number().int().min(1).optional().meta({ description: 'Without it the latest' }),
  stream: z.enum(['stdout', 'stderr']).optional().meta({
    description:
      'stdout, or when following both. Only where it is not said, an answer of an empty stdout is a line in brackets that says how much stderr has',
  }),
});

/** Read from the table at a time, in bytes. */
const PART = 65_536;

/** `GET /v1/jobs/{id}/logs`: what an attempt wrote, as text with ranges, or as events while it writes. */
export function logRoutes({ db, output, stopping }: LogRouteParts): Router {
  const router = Router();
  router.get('/v1/jobs/:id/logs', requireScope('jobs:read'), async (req, res) => {
    const { element, attempt: number, stream } = validate(LogQuery, req.query, 'query');
    const job = await jobIn(db, req);
    const isOver = async (): Promise<boolean> => (await readElementState(db, job, element))?.isOver ?? true;
    if ((await readElementState(db, job, element)) === undefined) noSuchJob(req);
    res.vary('accept');
    if (req.accepts(['text/plain', 'text/event-stream']) === 'text/event-stream') {
      const streams: Stream[] = stream === undefined ? ['stdout', 'stderr'] : [stream];
      return followLog(req, res, { output, job, element, number, streams, isOver, stopping });
    }
    const attempt =
      number === undefined ? await output.latestAttempt(job, element) : { job, element, number };
    if (attempt !== undefined && stream === undefined && req.get('range') === undefined) {
      const hint = await emptyHint(output, attempt);
      if (hint !== undefined) return void res.type('text/plain; charset=utf-8').send(hint);
    }
    await sendLog(req, res, output, attempt, stream ?? 'stdout');
  });
  return router;
}

/** For those who have not said which stream they want, and would see nothing. */
async function emptyHint(output: OutputReader, attempt: AttemptId): Promise<string | undefined> {
  if ((await output.read(attempt, 'stdout', 0, 1))?.end !== 0) return undefined;
  const bytes = (await output.read(attempt, 'stderr', 0, 1))?.end ?? 0;
  return bytes === 0 ? undefined : `[stdout is empty; stderr has ${plural(bytes, 'byte')}: ?stream=stderr]\n`;
}

async function sendLog(
  req: Request,
  res: Response,
  output: OutputReader,
  attempt: AttemptId | undefined,
  stream: Stream,
): Promise<void> {
  res.type('text/plain; charset=utf-8').set('accept-ranges', 'bytes');
  // It waits for its first attempt, and has written nothing.
  if (attempt === undefined) return void res.send('');
  const start = await output.read(attempt, stream, 0, 1);
  if (start === undefined) {
    const { job, element, number } = attempt;
    throw new ProblemError<BrokerProblem>(
      'no_such_attempt',
      `Element ${element} of ${job} has no attempt ${number}.`,
    );
  }
  const range = rangeIn(req.get('range'), start.end);
  if (range === 'unsatisfiable') {
    throw new ProblemError<BrokerProblem>(
      'range_not_satisfiable',
      `${stream} has ${start.end} bytes so far.`,
      { headers: { 'content-range': `bytes */${start.end}` } },
    );
  }
  if (range === undefined)
    return pipeline(wholeLog(output, attempt, stream, { first: 0, last: start.end - 1 }), res);
  // What it begins in may be gone: then it begins later, and says so.
  const at = await output.read(attempt, stream, range.first, 1);
  const first = Math.max(range.first, at?.from ?? range.first);
  const size = start.isComplete ? start.end : '*';
  res.status(206).set('content-range', `bytes ${first}-${range.last}/${size}`);
  const bytes: Buffer[] = [];
  for await (const piece of wholeLog(output, attempt, stream, { first, last: range.last })) bytes.push(piece);
  res.send(Buffer.concat(bytes));
}

/** With a line in place of what is not kept, unless it is at the very beginning. */
async function* wholeLog(
  output: OutputReader,
  attempt: AttemptId,
  stream: Stream,
  { first, last }: ByteRange,
): AsyncGenerator<Buffer> {
  for (let next = first; next <= last;) {
    const part = await output.read(attempt, stream, next, Math.min(PART, last + 1 - next));
    if (part === undefined || part.bytes.length === 0) return;
    if (part.from > next) yield Buffer.from(`\n[${part.from - next} bytes are not kept]\n`);
    yield part.bytes;
    next = part.from + part.bytes.length;
  }
}
