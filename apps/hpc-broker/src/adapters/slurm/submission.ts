import { nameOf, type Group } from '../array-groups.ts';
import { coresPerTask } from '../../domain/jobs/command-line.ts';
import { scriptOf, type ScriptOptions } from './script.ts';
import type { Submission } from './slurm-client.ts';

/** For what happens around the command: Slurm ends it by itself only where the script around it has failed to. */
const SPARE_SECONDS = 120;

export function submissionOf(group: Group, options: ScriptOptions): Submission {
  const [first] = group;
  const { spec } = first;
  const isArray = group.length > 1;
  const { mpi, resources, walltimeSeconds, checkpoint } = spec;
  const seconds = walltimeSeconds + (checkpoint?.graceSeconds ?? 0) + SPARE_SECONDS;
  return {
    name: nameOf(group),
    tasks: isArray ? group.length : undefined,
    script: scriptOf(first, isArray, options),
    nodes: mpi?.nodes ?? 1,
    tasksPerNode: mpi?.ranksPerNode ?? 1,
    cores: coresPerTask(spec),
    memoryMiBPerNode: resources.memoryMiB,
    gpusPerNode: resources.gpus,
    minutes: Math.ceil(seconds / 60),
  };
}
