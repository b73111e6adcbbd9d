import { z } from 'zod';
import type { Reply } from '../http/reply.ts';
import type { Batch } from './batch.ts';
import { OutcomeSpec } from './containers/outcomes.ts';
import { BatchTimes } from './settings.ts';

/** A year at most. */
const Clock = z.strictObject({ advanceMs: z.int().min(0).max(31_536_000_000) });
const Which = z.strictObject({ job: z.string() });
/** Without a list: all that have ended. */
const Forgotten = z.strictObject({ jobs: z.array(z.string()).optional() });

type Answer = (status: number, body: unknown) => Reply;

/**
 * GET, PUT /_sandbox/batch: how long things take
 * POST /_sandbox/batch/clock: puts the clock forward
 * GET, POST, DELETE /_sandbox/batch/outcomes: how containers end that are not run
 * POST /_sandbox/batch/reclaim: the machine of a job is taken away
 * POST /_sandbox/batch/forget: jobs are forgotten now, whatever they are doing
 * Undefined when there is no such route.
 */
export function batchControl(batch: Batch, route: string, body: unknown, json: Answer): Reply | undefined {
  switch (route) {
    case 'GET ':
      return json(200, batch.settings.times);
    case 'PUT ':
      batch.settings.set(BatchTimes.parse(body));
      batch.changed();
      return json(200, batch.settings.times);
    case 'POST clock':
      batch.advance(Clock.parse(body).advanceMs);
      return { status: 204 };
    case 'GET outcomes':
      return json(200, batch.outcomes.list());
    case 'POST outcomes':
      return json(201, batch.outcomes.add(OutcomeSpec.parse(body)));
    case 'DELETE outcomes':
      batch.outcomes.clear();
      return { status: 204 };
    case 'POST reclaim': {
      const { job } = Which.parse(body);
      if (batch.reclaim(job)) return { status: 204 };
      return json(409, { error: `${job} is not there, or neither STARTING nor RUNNING.` });
    }
    case 'POST forget':
      batch.forget(Forgotten.parse(body).jobs);
      return { status: 204 };
    default:
      return undefined;
  }
}
