import { createHash } from 'node:crypto';
import type { JobSpec, PlanAnswer } from '@groundwork/contracts';
import type { Catalogue } from './domain/catalogue/catalogue.ts';
import { PlanMemo } from './domain/planner/memo.ts';
import type { CalibrationBook, EngineOffer } from './domain/planner/settings.ts';

export interface Planning {
  plan(spec: JobSpec): PlanAnswer;
  /** As if there were AWS Batch besides, with as many instances as anybody needs. */
  planAsIfBatch(spec: JobSpec): PlanAnswer;
  /** Under which a plan is kept, once for all jobs that it was made for. */
  shapeOf(plan: PlanAnswer): string;
}

export interface PlanningOptions {
  catalogue: Catalogue;
  region: string;
  /** What there is now; another object once that has changed. */
  engines: () => readonly EngineOffer[];
  calibration: () => CalibrationBook;
  now: () => Date;
}

/** 131,072 vCPUs, of any type. */
const BATCH: EngineOffer = {
  name: 'batch',
  kind: 'batch',
  cores: 65_536,
  // Of EC2 instances their own memory and GPUs count.
  memoryMiB: 0,
  gpus: 0,
  purchase: ['on-demand', 'spot'],
};

export function createPlanning({ catalogue, region, engines, calibration, now }: PlanningOptions): Planning {
  const memo = new PlanMemo();
  const asIf = { memo: new PlanMemo(), of: [] as readonly EngineOffer[], engines: [BATCH] };
  const shapes = new WeakMap<PlanAnswer, string>();
  return {
    plan: (spec) =>
      memo.plan(spec, catalogue, { region, engines: engines(), calibration: calibration(), now: now() }),
    planAsIfBatch(spec) {
      const there = engines();
      if (asIf.of !== there) {
        asIf.of = there;
        asIf.engines = [...there.filter(({ name }) => name !== BATCH.name), BATCH];
      }
      const settings = { region, engines: asIf.engines, calibration: calibration(), now: now() };
      return asIf.memo.plan(spec, catalogue, settings);
    },
    shapeOf(plan) {
      const known = shapes.get(plan);
      if (known !== undefined) return known;
      const shape = createHash('sha256').update(JSON.stringify(plan)).digest('base64url');
      shapes.set(plan, shape);
      return shape;
    },
  };
}
