import { ProblemError, requireScope, validate } from '@groundwork/service';
import { Router } from 'express';
import { z } from 'zod';
import type { DeadLetters } from '../ports/dead-letters.ts';
import type { ThumbnailerProblem } from './problems.ts';

const Queue = z.enum(['uploads', 'deferred']).default('uploads');

export const DeadLetterQuery = z.strictObject({
  queue: Queue,
  limit: z.coerce.number().int().min(1).max(100).default(20),
});

export const RedriveRequest = z
  .strictObject({ queue: Queue, maxPerSecond: z.int().min(1).max(500).optional() })
  .meta({ id: 'RedriveRequest' });

export const DeadLetterList = z
  .object({
    approximateCount: z.int(),
    items: z.array(
      z.object({
        id: z.string(),
        sentAt: z.iso.datetime(),
        reason: z.string().nullable(),
        body: z.string(),
      }),
    ),
  })
  .meta({ id: 'DeadLetterList' });

/** `/v1/dead-letters`: what could not be handled and why, and the way back for it. */
export function deadLetterRoutes(queues: Record<z.infer<typeof Queue>, DeadLetters>): Router {
  const router = Router();
  router.get('/v1/dead-letters', requireScope('images:admin'), async (req, res) => {
    const { queue, limit } = validate(DeadLetterQuery, req.query, 'query');
    const { approximateCount, letters } = await queues[queue].peek(limit);
    res.set('cache-control', 'no-store').json({
      approximateCount,
      items: letters.map(({ id, sentAt, reason, body }) => ({
        id,
        sentAt: sentAt.toISOString(),
        reason: reason ?? null,
        body,
      })),
    });
  });
  router.post('/v1/dead-letters/redrive', requireScope('images:admin'), async (req, res) => {
    const { queue, maxPerSecond } = validate(RedriveRequest, req.body ?? {}, 'body');
    const redrive = await queues[queue].redrive(maxPerSecond);
    if (redrive === 'already under way') {
      throw new ProblemError<ThumbnailerProblem>('redrive_under_way', 'The one before has not ended yet.');
    }
    res
      .status(202)
      .json(redrive === 'nothing there' ? { state: 'nothing to redrive' } : { state: 'started', ...redrive });
  });
  return router;
}
