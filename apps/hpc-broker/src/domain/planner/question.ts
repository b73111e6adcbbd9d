import type { JobSpec } from '@groundwork/contracts';

type Taken =
  | 'resources'
  | 'walltimeSeconds'
  | 'workSeconds'
  | 'retries'
  | 'purchase'
  | 'objective'
  | 'maxCostUsd'
  | 'engine'
  | 'dataset';

/**
 * What of a job its plan depends on. The planner gets nothing else, so that two jobs with the same question
 * have the same plan: name, command, environment, labels and the like cannot matter.
 */
export interface Question extends Pick<JobSpec, Taken> {
  array: { size: number; atOnce: number | undefined } | undefined;
  mpi: Pick<NonNullable<JobSpec['mpi']>, 'nodes' | 'ranksPerNode' | 'network'> | undefined;
  checkpoint:
    | Pick<NonNullable<JobSpec['checkpoint']>, 'everySeconds' | 'costSeconds' | 'graceSeconds'>
    | undefined;
  dependencies: number;
  /** Whether it is to run in a container; of which image does not matter. */
  hasImage: boolean;
  /** Whether it has inputs or outputs; which does not matter. */
  hasFiles: boolean;
  /** Until the deadline; whole minutes, so that a plan is good for a minute. */
  remainingSeconds: number | undefined;
  /** A day, as prices grow old by days. */
  plannedOn: string;
}

const MINUTE_MS = 60_000;

export function questionOf(spec: JobSpec, now: Date): Question {
  const { array, mpi, checkpoint, deadline } = spec;
  const left = deadline === undefined ? undefined : Date.parse(deadline) - now.getTime();
  return {
    resources: spec.resources,
    walltimeSeconds: spec.walltimeSeconds,
    workSeconds: spec.workSeconds,
    retries: spec.retries,
    purchase: spec.purchase,
    objective: spec.objective,
    maxCostUsd: spec.maxCostUsd,
    engine: spec.engine,
    dataset: spec.dataset,
    array: array && { size: array.size, atOnce: array.atOnce },
    mpi: mpi && { nodes: mpi.nodes, ranksPerNode: mpi.ranksPerNode, network: mpi.network },
    checkpoint: checkpoint && {
      everySeconds: checkpoint.everySeconds,
      costSeconds: checkpoint.costSeconds,
      graceSeconds: checkpoint.graceSeconds,
    },
    dependencies: spec.dependsOn.length,
    hasImage: spec.image !== undefined,
    hasFiles: spec.inputs.length + spec.outputs.length > 0,
    remainingSeconds: left === undefined ? undefined : Math.floor(left / MINUTE_MS) * 60,
    plannedOn: now.toISOString().slice(0, 10),
  };
}
