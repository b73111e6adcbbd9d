import { createHash } from 'node:crypto';
import type { JobSpec, PlanAnswer } from '@groundwork/contracts';
import type { Catalogue } from './domain/catalogue/catalogue.ts';
import { PlanMemo } from './domain/planner/memo.ts';
import type { CalibrationBook, EngineOffer } from './domain/planner/settings.ts';

export interface Planning {
  plan(spec: JobSpec): PlanAnswer;
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

export function createPlanning({ catalogue, region, engines, calibration, now }: PlanningOptions): Planning {
  const memo = new PlanMemo();
  const shapes = new WeakMap<PlanAnswer, string>();
  return {
    plan: (spec) =>
      memo.plan(spec, catalogue, { region, engines: engines(), calibration: calibration(), now: now() }),
    shapeOf(plan) {
      const known = shapes.get(plan);
      if (known !== undefined) return known;
      const shape = createHash('sha256').update(JSON.stringify(plan)).digest('base64url');
      shapes.set(plan, shape);
      return shape;
    },
  };
}
