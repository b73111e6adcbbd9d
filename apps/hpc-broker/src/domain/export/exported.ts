import type { Dependency, JobSpec, Plan, PlanOption } from '@groundwork/contracts';
import type { Catalogue } from '../catalogue/catalogue.ts';

/** A job as it is taken elsewhere. */
export interface ExportedJob {
  id: string;
  spec: JobSpec;
  /** What it waits for. Only Groundwork knows these by their ids. */
  parents: readonly Parent[];
  /** What it was planned to run on; undefined: that is not kept any more. */
  plan: Plan | undefined;
}

export interface Parent extends Pick<Dependency, 'when' | 'each'> {
  id: string;
  /** Undefined: it is not kept any more. */
  name: string | undefined;
}

/** What a plan says of EC2; undefined where it is of machines that are there anyway. */
export interface OnEc2 {
  plan: Plan;
  option: PlanOption;
  type: Catalogue['instances']['types'][number];
}

export function onEc2(plan: Plan | undefined, { instances }: Catalogue): OnEc2 | undefined {
  const type = instances.types.find((one) => one.type === plan?.chosen.instanceType);
  return plan === undefined || type === undefined ? undefined : { plan, option: plan.chosen, type };
}

/** It cannot be said there, whatever is changed by hand afterwards. */
export class CannotExport extends Error {
  override readonly name = 'CannotExport';
}

export const parentName = ({ id, name }: Parent): string => name ?? id;
