import { constants } from 'node:os';
import {
  argvOf,
  DEFAULT_PATH,
  environmentWords,
  quoted,
  type Launcher,
} from '../../domain/jobs/command-line.ts';
import type { Placement } from '../../ports/engine.ts';

export type { Launcher };

export interface ScriptOptions {
  /** Under which each attempt has its directory. */
  base: string;
  /** slurm/attempt.sh */
  wrapper: string;
  launcher: Launcher;
}

/**
 * What Slurm is handed for one attempt, or for attempts of one array whose elements follow each other: then
 * each finds its own number by its place in Slurm's array.
 */
export function scriptOf(placement: Placement, isArray: boolean, options: ScriptOptions): string {
  const { spec, job, element, attempt, name } = placement;
  const own = isArray ? `${job}-$element-${attempt}` : name;
  return [
    '#!/bin/bash',
    `element=${isArray ? `$((${element} + SLURM_ARRAY_TASK_ID))` : element}`,
    `dir=${quoted(options.base)}/${isArray ? own : quoted(own)}`,
    `workdir=${spec.workingDirectory === undefined ? '$dir/work' : quoted(spec.workingDirectory)}`,
    `walltime=${spec.walltimeSeconds}`,
    `signal=${spec.checkpoint === undefined ? '' : constants.signals[spec.checkpoint.signal]}`,
    `grace=${spec.checkpoint?.graceSeconds ?? 0}`,
    `argv=(${argvOf(spec, options.launcher)})`,
    'environment=(',
    // Beside what Slurm sets, by which MPI finds the nodes.
    '  -u ENVIRONMENT -u HOSTNAME -u PWD -u OLDPWD -u SHLVL',
    ...environmentWords(spec, {
      job: quoted(job),
      element: '"$element"',
      attempt: String(attempt),
      scratch: '"$dir/work"',
      user: '"$SLURM_JOB_USER"',
      home: '"$(echo ~)"',
      path: DEFAULT_PATH,
    }).map((word) => `  ${word}`),
    ')',
    options.wrapper,
  ].join('\n');
}
