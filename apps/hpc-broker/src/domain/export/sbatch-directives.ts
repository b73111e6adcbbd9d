import type { JobSpec } from '@groundwork/contracts';
import { coresPerTask } from '../jobs/command-line.ts';
import { shortName } from './signal-lines.ts';

/** Slurm sends it up to a minute earlier than it is asked to (sbatch(1), --signal). */
const EARLY_SECONDS = 60;

/** What Slurm is told, each as `#SBATCH --name=value`. */
export function directivesOf(spec: JobSpec): string[] {
  const { name, array, mpi, resources, checkpoint } = spec;
  const { memoryMiB, gpus } = resources;
  const atOnce = array?.atOnce === undefined ? '' : `%${array.atOnce}`;
  const output = array === undefined ? `${name}-%j` : `${name}-%A_%a`;
  return [
    `--job-name=${name}`,
    ...(array === undefined ? [] : [`--array=0-${array.size - 1}${atOnce}`]),
    `--nodes=${mpi?.nodes ?? 1}`,
    `--ntasks-per-node=${mpi?.ranksPerNode ?? 1}`,
    `--cpus-per-task=${coresPerTask(spec)}`,
    ...(memoryMiB === undefined ? [] : [`--mem=${memoryMiB}M`]),
    ...(gpus === 0 ? [] : [`--gpus-per-node=${gpus}`]),
    `--time=${minutesOf(spec)}`,
    ...(checkpoint === undefined
      ? []
      : [`--signal=B:${shortName(checkpoint.signal)}@${checkpoint.graceSeconds}`]),
    canBeRepeated(spec) ? '--requeue' : '--no-requeue',
    `--output=${output}.out`,
    `--error=${output}.err`,
    '--open-mode=append',
  ].map((option) => `#SBATCH ${option}`);
}

/** The signal never comes before its walltime is over, and leaves it its grace. */
export function minutesOf({ walltimeSeconds, checkpoint }: JobSpec): number {
  const after = checkpoint === undefined ? 0 : checkpoint.graceSeconds + EARLY_SECONDS;
  return Math.ceil((walltimeSeconds + after) / 60);
}

export function canBeRepeated({ retries }: JobSpec): boolean {
  return retries.user + retries.infrastructure + retries.preemption > 0;
}
