import { ExportFormat, type JobSpec, type PlanRule } from '@groundwork/contracts';
import { ProblemError, requireScope, validate } from '@groundwork/service';
import { Router, type Response } from 'express';
import type { Kysely } from 'kysely';
import { stringify } from 'yaml';
import { z } from 'zod';
import { readExported } from '../adapters/postgres/export-facts.ts';
import type { Catalogue } from '../domain/catalogue/catalogue.ts';
import { toBatch } from '../domain/export/batch.ts';
import { CannotExport, onEc2, type ExportedJob, type OnEc2 } from '../domain/export/exported.ts';
import { toParallelCluster, type ClusterFile } from '../domain/export/parallelcluster.ts';
import { toSbatch } from '../domain/export/sbatch.ts';
import type { Planning } from '../planning.ts';
import { jobIn, noSuchJob } from './jobs.ts';
import type { BrokerProblem } from './problems.ts';

export interface ExportRouteParts {
  db: Kysely<unknown>;
  planning: Planning;
  catalogue: Catalogue;
}

export const ExportQuery = z.strictObject({
  format: ExportFormat.meta({
    description:
      'sbatch: a script for any Slurm. batch: bodies for AWS Batch. parallelcluster: a cluster for what it was planned on',
  }),
});

/** `GET /v1/jobs/{id}/export`: a job as it is said elsewhere; nothing of it is left out in silence. */
export function exportRoutes({ db, planning, catalogue }: ExportRouteParts): Router {
  const router = Router();
  router.get('/v1/jobs/:id/export', requireScope('jobs:read'), async (req, res) => {
    const { format } = validate(ExportQuery, req.query, 'query');
    const job = (await readExported(db, await jobIn(db, req))) ?? noSuchJob(req);
    const name = job.spec.name;
    switch (format) {
      case 'sbatch':
        return void named(res, `${name}.sbatch`).type('text/plain').send(toSbatch(job));
      case 'batch': {
        const { on } = planOnEc2(job, planning, catalogue);
        return void named(res, `${name}.batch.json`).json(
          asProblem(() => toBatch(job, on, catalogue.services)),
        );
      }
      case 'parallelcluster': {
        const { on, refused } = planOnEc2(job, planning, catalogue);
        if (on === undefined) return cannotPlan(refused);
        const file = clusterText(toParallelCluster(job, on, catalogue));
        return void named(res, `${name}.yaml`).type('application/yaml').send(file);
      }
    }
  });
  return router;
}

/** For `curl -OJ`. */
const named = (res: Response, file: string): Response => res.attachment(file);

export function clusterText({ comments, configuration }: ClusterFile): string {
  return `${comments.join('\n')}\n${stringify(configuration)}`;
}

/** Its own plan where that is of EC2; else one that is made as if there were AWS Batch and nothing else. */
export function planOnEc2(
  { spec, plan }: Pick<ExportedJob, 'spec' | 'plan'>,
  planning: Pick<Planning, 'planAsIfBatch'>,
  catalogue: Catalogue,
): { on: OnEc2 | undefined; refused: readonly PlanRule[] } {
  const own = onEc2(plan, catalogue);
  if (own !== undefined) return { on: own, refused: [] };
  // A deadline that is over by now, and what it may cost, are told beside the plan.
  const free = { ...spec, engine: 'batch', deadline: undefined, maxCostUsd: undefined };
  const anew = planning.planAsIfBatch(free);
  if (!('refused' in anew)) return { on: onEc2(anew, catalogue), refused: [] };
  const instead = withoutSpot(free, anew.refused);
  const again = instead && planning.planAsIfBatch(instead);
  if (again === undefined || 'refused' in again) return { on: undefined, refused: anew.refused };
  return { on: onEc2(again, catalogue), refused: [] };
}

/** Several nodes on Spot only AWS Batch refuses: a cluster may, and its price is planned as On-Demand. */
function withoutSpot(spec: JobSpec, refused: readonly PlanRule[]): JobSpec | undefined {
  return refused.some(({ code }) => code === 'batch_mnp_spot')
    ? { ...spec, purchase: 'on-demand' }
    : undefined;
}

function cannotPlan(refused: readonly PlanRule[]): never {
  throw new ProblemError<BrokerProblem>('cannot_be_exported', 'No instances of EC2 would do for this job.', {
    issues: refused.map(({ code, message }) => ({ path: code, message })),
  });
}

function asProblem<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof CannotExport)) throw error;
    throw new ProblemError<BrokerProblem>('cannot_be_exported', `${error.message}.`);
  }
}
