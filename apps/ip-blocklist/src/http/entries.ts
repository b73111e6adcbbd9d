import { EntryAction, EntryChange, NewEntry } from '@groundwork/contracts';
import { IdempotencyKeyReused } from '@groundwork/database';
import { ProblemError, requireScope, validate } from '@groundwork/service';
import { Router, type Request } from 'express';
import { z } from 'zod';
import { checkEntry } from '../domain/check-entry.ts';
import type { ProtectedRange } from '../domain/protected-ranges.ts';
import type { Entries, SaidResult } from '../ports/entries.ts';
import type { BlocklistProblem } from './problems.ts';
import { addressIn, callerOf, subjectOf } from './request.ts';

export interface EntryRouteParts {
  entries: Entries;
  protectedRanges: () => readonly ProtectedRange[];
}

export const EntryQuery = z.strictObject({
  action: EntryAction.optional(),
  source: z.string().optional(),
  covers: z.string().optional().meta({ description: 'Entries that name this address' }),
  state: z.enum(['active', 'ended', 'all']).default('active'),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  cursor: z.string().max(200).optional(),
});

/** `/v1/entries`: what is blocked and allowed, and by whom. */
export function entryRoutes({ entries, protectedRanges }: EntryRouteParts): Router {
  const router = Router();

  router.post('/v1/entries', requireScope('blocklist:write'), async (req, res) => {
    const entry = validate(NewEntry, req.body, 'body');
    const checked = checkEntry(entry, [...protectedRanges(), ...callerOf(req)]);
    if (!checked.ok) throw refusal(checked);
    const key = req.get('idempotency-key');
    const by = subjectOf(req);
    const result =
      key === undefined
        ? (await entries.say([checked.said], by))[0]
        : await entries
            .sayOnce(checked.said, by, { scope: `entries of ${by}`, key, request: entry })
            .catch(asProblem);
    if (result === undefined) throw new Error('nothing was written');
    // Relative, because the edge may have taken a prefix off the path.
    res
      .status(result.created ? 201 : 200)
      .set('location', `entries/${result.entry.id}`)
      .json(result.entry);
  });

  router.get('/v1/entries', requireScope('blocklist:read'), async (req, res) => {
    const { limit, cursor, covers, ...filter } = validate(EntryQuery, req.query, 'query');
    const address = covers === undefined ? undefined : addressIn(covers);
    const { items, next } = await entries.list({ ...filter, covers: address }, cursor, limit);
    res.json({ items, ...(next === undefined ? {} : { cursor: next }) });
  });

  router.get('/v1/entries/:id', requireScope('blocklist:read'), async (req, res) => {
    res.json((await entries.get(idOf(req))) ?? absent(req));
  });

  router.patch('/v1/entries/:id', requireScope('blocklist:write'), async (req, res) => {
    const { ttlSeconds, reason } = validate(EntryChange, req.body, 'body');
    const change = {
      ...(ttlSeconds === undefined ? {} : { ttlSeconds }),
      ...(reason === undefined ? {} : { reason }),
    };
    res.json((await entries.renew(idOf(req), change, subjectOf(req))) ?? absent(req));
  });

  router.delete('/v1/entries/:id', requireScope('blocklist:write'), async (req, res) => {
    res.json((await entries.end(idOf(req), subjectOf(req))) ?? absent(req));
  });

  return router;
}

function refusal({ code, message }: { code: string; message: string }): Error {
  const problem: BlocklistProblem =
    code === 'protected_range' || code === 'allow_too_wide' ? code : 'not_an_address';
  return new ProblemError<BlocklistProblem>(problem, `${message}.`, {
    issues: [{ path: 'body', message: code }],
  });
}

function asProblem(error: unknown): Promise<SaidResult> {
  if (!(error instanceof IdempotencyKeyReused)) throw error;
  throw new ProblemError<BlocklistProblem>('idempotency_key_reused', error.message);
}

function idOf(req: Request): string {
  const id = z.uuid().safeParse(req.params['id']);
  return id.success ? id.data : absent(req);
}

function absent(req: Request): never {
  throw new ProblemError<BlocklistProblem>(
    'entry_not_found',
    `There is no entry ${String(req.params['id'])} in force.`,
  );
}
