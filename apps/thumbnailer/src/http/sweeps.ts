import { setTimeout as delay } from 'node:timers/promises';
import { SweepKind, SweepRequest, type Sweep } from '@groundwork/contracts';
import { ProblemError, requireScope, validate } from '@groundwork/service';
import { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import { cancelSweep, startSweep, type StartParts } from '../domain/start-sweep.ts';
import type { ThumbnailerProblem } from './problems.ts';

/** One connection follows for so long, so that a drain need not wait; EventSource comes back by itself. */
const FOLLOW_SECONDS = 15;
const LOOK_MS = 500;
/** Each looks twice a second; further ones are told how far it is once, and come back for more. */
const MAX_FOLLOWERS = 100;
/** A sweep that has not moved for so long has lost its message: it is among the dead letters. */
const STALLED_MS = 15 * 60_000;

export const SweepQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(200).optional(),
});

/** `/v1/reconciliations` and `/v1/backfills`: walks over all uploads that find what differs, and put it right. */
export function sweepRoutes(parts: StartParts): Router {
  const router = Router();
  const followers = new Set<Response>();
  for (const kind of SweepKind.options) {
    const path = `/v1/${kind}s`;
    router.post(path, requireScope('images:admin'), async (req, res) => {
      const request = validate(SweepRequest, req.body ?? {}, 'body');
      const sweep = await startSweep(parts, kind, request, req.get('idempotency-key'));
      if (sweep === undefined) {
        throw new ProblemError<ThumbnailerProblem>(
          'idempotency_key_reused',
          'This Idempotency-Key was used for another request.',
        );
      }
      // Relative, because the edge may have taken a prefix off the path.
      res.status(202).set('location', `${kind}s/${sweep.id}`).json(view(sweep, parts.now()));
    });
    router.get(path, requireScope('images:read'), async (req, res) => {
      const { limit, cursor } = validate(SweepQuery, req.query, 'query');
      const { items, next } = await parts.sweeps.list(kind, cursor, limit);
      const now = parts.now();
      res.json({
        items: items.map((sweep) => view(sweep, now)),
        ...(next === undefined ? {} : { cursor: next }),
      });
    });
    router.get(`${path}/:id`, requireScope('images:read'), async (req, res) => {
      const sweep = await find(parts, kind, req);
      if (req.accepts(['application/json', 'text/event-stream']) === 'text/event-stream') {
        await follow(parts, followers, sweep, req, res);
      } else {
        res.set('cache-control', 'no-store').json(view(sweep, parts.now()));
      }
    });
    router.post(`${path}/:id/cancel`, requireScope('images:admin'), async (req, res) => {
      const { id } = await find(parts, kind, req);
      const sweep = await cancelSweep(parts, id);
      if (sweep === undefined) throw unknown(id);
      res.json(view(sweep, parts.now()));
    });
  }
  return router;
}

async function find(parts: StartParts, kind: SweepKind, req: Request): Promise<Sweep> {
  const id = String(req.params['id']);
  const stored = /^[a-z]+-[0-9a-f]{32}$/.test(id) ? await parts.sweeps.read(id) : undefined;
  if (stored === undefined || stored.sweep.kind !== kind) throw unknown(id);
  return stored.sweep;
}

function unknown(id: string): Error {
  return new ProblemError<ThumbnailerProblem>('sweep_not_found', `There is no ${id}.`);
}

/** A sweep with what follows from it now. */
function view(sweep: Sweep, now: Date) {
  return {
    ...sweep,
    etaSeconds: etaSeconds(sweep, now),
    stalled: !hasEnded(sweep) && now.getTime() - Date.parse(sweep.updatedAt) > STALLED_MS,
  };
}

/** For the rest of the uploads at the pace so far; null when that cannot be said. */
function etaSeconds(sweep: Sweep, now: Date): number | null {
  if (sweep.state !== 'uploads' || sweep.scanned === 0 || sweep.scanningSince === undefined) return null;
  const seconds = (now.getTime() - Date.parse(sweep.scanningSince)) / 1000;
  return Math.ceil((Math.max(0, sweep.total - sweep.scanned) * seconds) / sweep.scanned);
}

/**
 * Server-sent events: the sweep whenever it has moved. EventSource comes back after each
 * end, until it is answered 204: that is for who has seen the sweep end.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#server-sent-events-intro
 */
async function follow(
  parts: StartParts,
  followers: Set<Response>,
  first: Sweep,
  req: Request,
  res: Response,
): Promise<void> {
  if (hasEnded(first) && req.get('last-event-id') === String(first.revision)) {
    res.status(204).set('cache-control', 'no-store').end();
    return;
  }
  const crowded = followers.size >= MAX_FOLLOWERS;
  if (!crowded) followers.add(res);
  try {
    res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    res.write(`retry: ${crowded ? 5_000 : 1_000}\n\n`);
    await sendMoves(parts, first, res, crowded ? 0 : FOLLOW_SECONDS);
    res.end();
  } finally {
    followers.delete(res);
  }
}

async function sendMoves(parts: StartParts, first: Sweep, res: Response, seconds: number): Promise<void> {
  const until = performance.now() + seconds * 1000;
  let sent = 0;
  for (let sweep: Sweep | undefined = first; sweep !== undefined;) {
    if (sweep.revision !== sent) {
      res.write(
        `id: ${sweep.revision}\nevent: ${sweep.state}\ndata: ${JSON.stringify(view(sweep, parts.now()))}\n\n`,
      );
      sent = sweep.revision;
    }
    if (hasEnded(sweep) || performance.now() >= until || res.destroyed) return;
    await delay(LOOK_MS);
    sweep = (await parts.sweeps.read(first.id))?.sweep;
  }
}

function hasEnded({ state }: Sweep): boolean {
  return state === 'finished' || state === 'cancelled';
}
