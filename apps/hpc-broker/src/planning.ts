import { createHash } from 'node:crypto';
import type { JobSpec, Plan, PlanAnswer } from '@groundwork/contracts';
import type { Catalogue } from './domain/catalogue/catalogue.ts';
import { PlanMemo } from './domain/planner/memo.ts';
import { awayIn, type CalibrationBook, type EngineOffer } from './domain/planner/settings.ts';
import type { Assignment } from './ports/ledger.ts';
import type { AwayPool } from './ports/moves.ts';

export interface Planning {
  plan(spec: JobSpec): PlanAnswer;
  /** As if there were AWS Batch besides, with as many instances as anybody needs. */
  planAsIfBatch(spec: JobSpec): PlanAnswer;
  /** One by which it would begin now; undefined: there is none. */
  planForNow(spec: JobSpec): Plan | undefined;
  /** Pools of which nothing is to begin at the moment. */
  away(): readonly AwayPool[];
  /** What becomes of jobs by it. Its shape is that under which it is kept, once for all of them. */
  assignmentOf(plan: Plan): Assignment;
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
  const shapes = new WeakMap<Plan, string>();
  const plan = (spec: JobSpec): PlanAnswer =>
    memo.plan(spec, catalogue, { region, engines: engines(), calibration: calibration(), now: now() });
  const shapeOf = (made: Plan): string => {
    const known = shapes.get(made);
    if (known !== undefined) return known;
    const shape = createHash('sha256').update(JSON.stringify(made)).digest('base64url');
    shapes.set(made, shape);
    return shape;
  };
  return {
    plan,
    planForNow(spec) {
      const answer = plan(spec);
      if ('refused' in answer) return undefined;
      const { engine, purchase } = answer.chosen;
      const offer = engines().find(({ name }) => name === engine.name);
      return offer === undefined || awayIn(offer, purchase) === undefined ? answer : undefined;
    },
    away: () => engines().flatMap(({ name, away }) => (away === undefined ? [] : [{ pool: name, away }])),
    assignmentOf: (made) => ({
      plan: shapeOf(made),
      engine: made.chosen.engine.name,
      seconds: made.chosen.attempt.likely,
      usd: made.chosen.cost.likely,
    }),
    planAsIfBatch(spec) {
      const there = engines();
      if (asIf.of !== there) {
        asIf.of = there;
        asIf.engines = [...there.filter(({ name }) => name !== BATCH.name), BATCH];
      }
      const settings = { region, engines: asIf.engines, calibration: calibration(), now: now() };
      return asIf.memo.plan(spec, catalogue, settings);
    },
  };
}
