import { inTransaction } from '@groundwork/database';
import { ProblemError, requireScope } from '@groundwork/service';
import { Router } from 'express';
import { sql, type Kysely, type Transaction } from 'kysely';
import { listJobs } from '../adapters/postgres/read-jobs.ts';
import { cancel, hold, release, requeue, type Steered } from '../adapters/postgres/steer.ts';
import { subjectOf } from './body.ts';
import { idOrProblem, noSuchJob } from './jobs.ts';
import type { BrokerProblem } from './problems.ts';

export interface SteeringRouteParts {
  db: Kysely<unknown>;
  /** Told once something is to be looked at. */
  tell: () => void;
}

const MOST_OF_A_WORKFLOW = 1_000;

type Steer = (tx: Transaction<unknown>, job: string, by: string) => Promise<Steered | undefined>;
const WAYS: Record<string, Steer> = { cancel, hold, release, requeue };

/** `POST /v1/jobs/{id}/cancel|hold|release|requeue`: of a job, or of all jobs of a workflow. Asked twice, it is as if once. */
export function steeringRoutes({ db, tell }: SteeringRouteParts): Router {
  const router = Router();
  for (const [way, steer] of Object.entries(WAYS)) {
    router.post(`/v1/jobs/:id/${way}`, requireScope('jobs:write'), async (req, res) => {
      const id = await idOrProblem(db, req);
      const all = await steerAll(db, id, (tx, job) => steer(tx, job, subjectOf(req)));
      if (all.length === 0) noSuchJob(req);
      if (all.some(({ changed }) => changed)) tell();
      else if (all.every((one) => isTooLate(way, one))) {
        const states = [...new Set(all.map(({ state }) => state))].join(' and ');
        throw new ProblemError<BrokerProblem>('too_late', `${id} cannot be ${PAST[way]}: it has ${states}.`);
      }
      const [job] = await listJobs(db, { id }, undefined, 1);
      if (job !== undefined) return void res.json(job);
      res.json({ id, jobs: await listJobs(db, { workflow: id }, undefined, MOST_OF_A_WORKFLOW) });
    });
  }
  return router;
}

const PAST: Record<string, string> = {
  cancel: 'cancelled',
  hold: 'held',
  release: 'released',
  requeue: 'queued again',
};

/** What was cancelled before is as somebody wants it; nothing else can be done to what has ended. */
function isTooLate(way: string, { ended, isCancelled }: Steered): boolean {
  return ended && !(way === 'cancel' && isCancelled);
}

function steerAll(
  db: Kysely<unknown>,
  id: string,
  steer: (tx: Transaction<unknown>, job: string) => Promise<Steered | undefined>,
): Promise<Steered[]> {
  return inTransaction(db, async (tx) => {
    // In the order in which everybody locks them.
    const { rows } = await sql<{ id: string }>`
      SELECT id FROM jobs WHERE id = ${id}::uuid OR workflow = ${id}::uuid ORDER BY id`.execute(tx);
    const all: Steered[] = [];
    for (const row of rows) {
      const found = await steer(tx, row.id);
      if (found !== undefined) all.push(found);
    }
    return all;
  });
}
