import type { JobSpec } from '@groundwork/contracts';
import { takesOf } from './takes.ts';

export type Launcher = 'mpirun' | 'srun';

/** Debian's default for root and for others together (login.defs ENV_SUPATH, ENV_PATH). */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** As one word of a shell. sbatch takes no script with \r\n in it, wherever that is. */
export const quoted = (text: string): string =>
  `'${text.replaceAll("'", String.raw`'\''`).replaceAll('\r', () => String.raw`'$'\r''`)}'`;

/** The program and its arguments. */
export function wordsOf({ command, shell }: Pick<JobSpec, 'command' | 'shell'>): readonly string[] {
  return command ?? ['/bin/sh', '-c', shell ?? ''];
}

/** What env(1) is to start, as words of a shell. */
export function argvOf(spec: JobSpec, launcher: Launcher): string {
  const { mpi } = spec;
  const words = wordsOf(spec);
  // env would take the name of such a program for a variable.
  const started = words[0]?.includes('=') === true ? ['/bin/sh', '-c', 'exec "$@"', 'sh', ...words] : words;
  const inner = started.map(quoted).join(' ');
  if (mpi === undefined) return inner;
  const ranks = mpi.nodes * mpi.ranksPerNode;
  return launcher === 'srun' ? `srun --kill-on-bad-exit=1 ${inner}` : `mpirun -np ${ranks} ${inner}`;
}

/** Who an attempt is, each as a word of a shell. */
export interface Identity {
  job: string;
  element: string;
  attempt: string;
  scratch: string;
  user: string;
  home: string;
  path: string;
}

/**
 * As adapters/local/environment.ts has it. They are words of env(1): as variables of the shell some could not be set.
 */
export function environmentWords({ mpi, array, resources, environment }: JobSpec, own: Identity): string[] {
  const { job, element, attempt, scratch, user, home, path } = own;
  return [
    `PATH=${path} HOME=${home} TMPDIR=${scratch} LANG=C.UTF-8`,
    `USER=${user} LOGNAME=${user}`,
    ...(mpi === undefined ? [] : ['OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1']),
    ...Object.entries(environment).map(([name, value]) => `${name}=${quoted(value)}`),
    `GROUNDWORK_JOB_ID=${job} GROUNDWORK_ELEMENT=${element} GROUNDWORK_ATTEMPT=${attempt}`,
    ...(array === undefined ? [] : [`GROUNDWORK_ARRAY_INDEX=${element}`]),
    `GROUNDWORK_CORES=${resources.cores} GROUNDWORK_SCRATCH=${scratch}`,
  ];
}

/** Ranks of a node share its cores: at least one each. */
export function coresPerTask(spec: JobSpec): number {
  const { mpi, resources } = spec;
  if (mpi === undefined) return resources.cores;
  return Math.floor(takesOf(spec).cores / mpi.nodes / mpi.ranksPerNode);
}
