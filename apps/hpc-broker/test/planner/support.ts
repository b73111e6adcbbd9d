import { readFileSync } from 'node:fs';
import { JobSpec, type Plan, type PlanAnswer } from '@groundwork/contracts';
import { catalogueOf } from '../../src/domain/catalogue/catalogue.ts';
import { plan } from '../../src/domain/planner/plan.ts';
import type { EngineOffer, PlannerSettings } from '../../src/domain/planner/settings.ts';

const read = (name: string): string =>
  readFileSync(
    new URL(`../../catalogue/${name}-us-east-1.${name === 'instances' ? 'csv' : 'yaml'}`, import.meta.url),
    'utf8',
  );

export const catalogue = catalogueOf(read('instances'), read('services'));

export const LOCAL: EngineOffer = {
  name: 'local',
  kind: 'local',
  cores: 8,
  memoryMiB: 16_384,
  gpus: 0,
  purchase: ['owned'],
};
export const BATCH: EngineOffer = {
  name: 'batch',
  kind: 'batch',
  cores: 8_192,
  memoryMiB: 0,
  gpus: 0,
  purchase: ['on-demand', 'spot'],
};
/** ParallelCluster: Slurm that starts instances. */
export const CLUSTER: EngineOffer = { ...BATCH, name: 'cluster', kind: 'slurm' };

export const NOW = new Date('2026-11-23T12:00:00Z');

export function settings(engines: readonly EngineOffer[] = [LOCAL, BATCH, CLUSTER]): PlannerSettings {
  return { engines, region: 'us-east-1', now: NOW };
}

export function job(input: object = {}): JobSpec {
  return JobSpec.parse({ name: 'job', command: ['true'], ...input });
}

export function answerFor(input: object, engines?: readonly EngineOffer[]): PlanAnswer {
  return plan(job(input), catalogue, settings(engines));
}

export function planFor(input: object, engines?: readonly EngineOffer[]): Plan {
  const answer = answerFor(input, engines);
  if ('refused' in answer) throw new Error(`refused: ${JSON.stringify(answer.refused)}`);
  return answer;
}

export function refusedFor(input: object, engines?: readonly EngineOffer[]): string[] {
  const answer = answerFor(input, engines);
  return 'refused' in answer ? answer.refused.map(({ code }) => code) : [];
}
