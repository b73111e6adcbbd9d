import { JobState } from '@groundwork/contracts';
import { ProblemError, requireScope, validate } from '@groundwork/service';
import { Router, type Request } from 'express';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import { listJobs, readAttempts, readEvents, readJob } from '../adapters/postgres/read-jobs.ts';
import type { BrokerProblem } from './problems.ts';

export interface JobRouteParts {
  db: Kysely<unknown>;
}

const limit = z.coerce.number().int().min(1).max(1_000).default(100);

export const JobQuery = z.strictObject({
  project: z.string().optional(),
  state: JobState.optional(),
  name: z.string().optional(),
  workflow: z.string().optional().meta({ description: 'Its id or its name' }),
  label: z
    .string()
    .regex(/^[^=]+=.*$/, 'must be name=value')
    .optional()
    .meta({ example: 'team=genomics' }),
  cursor: z.uuid().optional().meta({ description: 'As the page before has given it' }),
  limit,
});

export const AttemptQuery = z.strictObject({
  cursor: z
    .string()
    .regex(/^\d{1,5}-\d{1,9}$/, 'must be the cursor of the page before')
    .optional(),
  limit,
});

export const EventQuery = z.strictObject({
  cursor: z.coerce.number().int().min(1).optional(),
  limit,
});

/** `GET /v1/jobs…`: what there is, newest first. */
export function jobRoutes({ db }: JobRouteParts): Router {
  const router = Router();

  router.get('/v1/jobs', requireScope('jobs:read'), async (req, res) => {
    const { limit: most, cursor, label, ...filter } = validate(JobQuery, req.query, 'query');
    const [name, ...value] = label?.split('=') ?? [];
    const labelled = name === undefined ? filter : { ...filter, label: { name, value: value.join('=') } };
    const found = await listJobs(db, labelled, cursor, most + 1);
    res.json(page(found, most, ({ id }) => id));
  });

  router.get('/v1/jobs/:id', requireScope('jobs:read'), async (req, res) => {
    res.json((await readJob(db, await jobIn(db, req))) ?? noSuchJob(req));
  });

  router.get('/v1/jobs/:id/attempts', requireScope('jobs:read'), async (req, res) => {
    const { cursor, limit: most } = validate(AttemptQuery, req.query, 'query');
    const job = await jobIn(db, req);
    const [element = 0, number = 0] = cursor?.split('-').map(Number) ?? [];
    const before = cursor === undefined ? undefined : { element, number };
    const found = await readAttempts(db, job, before, most + 1);
    if (found.length === 0 && cursor === undefined) await checkThere(db, job, req);
    res.json(page(found, most, (last) => `${last.element}-${last.number}`));
  });

  router.get('/v1/jobs/:id/events', requireScope('jobs:read'), async (req, res) => {
    const job = await jobIn(db, req);
    const { cursor, limit: most } = validate(EventQuery, req.query, 'query');
    const found = await readEvents(db, job, cursor, most + 1);
    if (found.length === 0 && cursor === undefined) await checkThere(db, job, req);
    res.json(page(found, most, ({ seq }) => seq));
  });

  return router;
}

/** Of one more than a page holds, so that a cursor always leads to something. */
function page<T>(found: readonly T[], most: number, cursorOf: (last: T) => string | number) {
  const items = found.slice(0, most);
  const last = items.at(-1);
  return last === undefined || found.length <= most ? { items } : { items, cursor: cursorOf(last) };
}

/** Of reads, which may name a job: then it is the newest of that name. Throws a ProblemError when there is none. */
export async function jobIn(db: Kysely<unknown>, req: Request): Promise<string> {
  const given = String(req.params['id']);
  if (z.uuid().safeParse(given).success) return given;
  const [newest] = await listJobs(db, { name: given }, undefined, 1);
  return newest?.id ?? noSuchJob(req);
}

/**
 * Of what changes a job: only an id, as of a name there may be another job by then. Throws a ProblemError, which
 * for the name of a job says the id of the newest.
 */
export async function idOrProblem(db: Kysely<unknown>, req: Request): Promise<string> {
  const given = String(req.params['id']);
  if (z.uuid().safeParse(given).success) return given;
  const [newest] = await listJobs(db, { name: given }, undefined, 1);
  if (newest === undefined) return noSuchJob(req);
  throw new ProblemError<BrokerProblem>(
    'name_is_no_id',
    `${given} is the name of a job, and there may be several of it: use an id. The newest is ${newest.id}.`,
  );
}

export function noSuchJob(req: Request): never {
  throw new ProblemError<BrokerProblem>('no_such_job', `There is no job ${String(req.params['id'])}.`);
}

async function checkThere(db: Kysely<unknown>, id: string, req: Request): Promise<void> {
  if ((await listJobs(db, { id }, undefined, 1)).length === 0) noSuchJob(req);
}
