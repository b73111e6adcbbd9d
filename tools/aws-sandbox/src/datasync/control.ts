import { z } from 'zod';
import type { Reply } from '../http/reply.ts';
import type { DataSync } from './datasync.ts';
import { OutcomeSpec } from './outcomes.ts';
import { DataSyncTimes } from './settings.ts';

/** A year at most. */
const Clock = z.strictObject({ advanceMs: z.int().min(0).max(31_536_000_000) });

type Answer = (status: number, body: unknown) => Reply;

/**
 * GET, PUT /_sandbox/datasync: how long executions are in each status
 * POST /_sandbox/datasync/clock: puts the clock forward
 * GET, POST, DELETE /_sandbox/datasync/outcomes: what comes of executions
 * Undefined when there is no such route.
 */
export function dataSyncControl(
  own: DataSync,
  route: string,
  body: unknown,
  json: Answer,
): Reply | undefined {
  switch (route) {
    case 'GET ':
      return json(200, own.settings.times);
    case 'PUT ':
      own.settings.set(DataSyncTimes.parse(body));
      return json(200, own.settings.times);
    case 'POST clock':
      own.settings.advance(Clock.parse(body).advanceMs);
      return { status: 204 };
    case 'GET outcomes':
      return json(200, own.outcomes.list());
    case 'POST outcomes':
      return json(201, own.outcomes.add(OutcomeSpec.parse(body)));
    case 'DELETE outcomes':
      own.outcomes.clear();
      return { status: 204 };
    default:
      return undefined;
  }
}
