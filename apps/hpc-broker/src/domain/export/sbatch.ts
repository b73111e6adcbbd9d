import type { JobSpec } from '@groundwork/contracts';
import { argvOf, DEFAULT_PATH, environmentWords, quoted } from '../jobs/command-line.ts';
import { meansLines, ruleText } from './exit-lines.ts';
import type { ExportedJob } from './exported.ts';
import { directivesOf } from './sbatch-directives.ts';
import { dependencyNotes, TOLD_SLURM } from './sbatch-notes.ts';
import { hearingLines, shortName } from './signal-lines.ts';
import { bringLines, madeTest, storeFunction, storeLines } from './staging-lines.ts';
import { commented, notesOf } from './told.ts';

/** Where ParallelCluster has Slurm, MPI and aws, beside the usual places. */
const TOOLS = '/opt/slurm/bin:/opt/amazon/openmpi/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin';

/** A script for sbatch(1) of any cluster: what Slurm cannot be told is a comment in it. */
export function toSbatch({ id, spec, parents }: ExportedJob): string {
  const { name } = spec;
  const notes = notesOf(TOLD_SLURM, spec);
  return `${[
    '#!/bin/bash',
    `# ${name}, job ${id} of Groundwork. Where Slurm is:  sbatch ${name}.sbatch`,
    ...dependencyNotes(parents, name),
    ...directivesOf(spec),
    ...(notes.length === 0 ? [] : ['#', '# What Slurm cannot be told, and what to know:']),
    ...notes.flatMap((note) => commented(note)),
    '',
    ...beginning(spec),
    ...bringLines(spec),
    '',
    ...running(spec),
    '',
    ...ending(spec),
  ].join('\n')}\n`;
}

function beginning({ name, array, workingDirectory }: JobSpec): string[] {
  const isArray = array !== undefined;
  return [
    `PATH=\${PATH:+$PATH:}${TOOLS}`,
    `job=${isArray ? '$SLURM_ARRAY_JOB_ID' : '$SLURM_JOB_ID'}`,
    `element=${isArray ? '$SLURM_ARRAY_TASK_ID' : 0}`,
    'attempt=$((${SLURM_RESTART_COUNT:-0} + 1))',
    'fail() { printf "%s\\n" "$*" >&2; exit 1; }',
    '',
    '# An empty directory of its own for each attempt, where it is submitted: all nodes have to see that one.',
    `scratch=$SLURM_SUBMIT_DIR/${name}-$job-$element-$attempt`,
    'mkdir "$scratch" || fail "$scratch cannot be made, or is there already"',
    `workdir=${workingDirectory === undefined ? '$scratch' : quoted(workingDirectory)}`,
    'cd "$workdir" || fail "there is no working directory $workdir"',
  ];
}

function running(spec: JobSpec): string[] {
  const { mpi, checkpoint } = spec;
  const command = 'env "${environment[@]}" "${argv[@]}" </dev/null';
  return [
    ...(mpi === undefined ? [] : LAUNCHER),
    '# Of the environment here it gets what Slurm has set, and nothing else.',
    'kept=()',
    'for name in $(compgen -e); do',
    '  case $name in SLURM* | PMI* | *_VISIBLE_DEVICES | GPU_DEVICE_ORDINAL) kept+=("$name=${!name}") ;; esac',
    'done',
    '# Words of env(1).',
    'environment=(',
    '  -i "${kept[@]}"',
    ...environmentWords(spec, {
      job: '"$job"',
      element: '"$element"',
      attempt: '"$attempt"',
      scratch: '"$scratch"',
      user: '"$SLURM_JOB_USER"',
      home: '"$(echo ~)"',
      path: mpi === undefined ? DEFAULT_PATH : `${DEFAULT_PATH}:"$launchers"`,
    }).map((words) => `  ${words}`),
    ')',
    `argv=(${argvOf(spec, 'mpirun')})`,
    ...(mpi === undefined ? [] : ['argv[0]=$mpirun']),
    ...(checkpoint === undefined
      ? [command, 'code=$?']
      : hearingLines({
          trapped: shortName(checkpoint.signal),
          signal: checkpoint.signal,
          command,
          of: 'group',
          result: '"$scratch.code"',
        })),
  ];
}

const LAUNCHER = [
  '# What else its MPI needs of a module (LD_LIBRARY_PATH …) has to be among the words of the environment below.',
  '# Where MPI knows Slurm by PMIx, argv may be (srun --kill-on-bad-exit=1 and the words after the number) instead.',
  'mpirun=$(command -v mpirun) || fail "there is no mpirun: load its module before"',
  'srun=$(command -v srun) || fail "there is no srun, by which mpirun starts its ranks"',
  'launchers=${mpirun%/*}:${srun%/*}',
  '',
];

function ending(spec: JobSpec): string[] {
  const { exitCodes, retries, checkpoint } = spec;
  const made = madeTest(spec);
  const isRepeated = {
    user: retries.user > 0,
    infrastructure: retries.infrastructure > 0 && exitCodes.some(({ means }) => means === 'infrastructure'),
    preemption: retries.preemption > 0 && exitCodes.some(({ means }) => means === 'preemption'),
  };
  const causes = (['user', 'infrastructure', 'preemption'] as const).filter((cause) => isRepeated[cause]);
  return [
    ...exitCodes.flatMap((rule) => commented(`exitCodes: ${ruleText(rule)}`, '')),
    ...meansLines(exitCodes),
    ...(checkpoint === undefined
      ? []
      : ['# What was told to end has not done its work.', '[ -z "$asked" ] || means=user']),
    ...storeFunction(spec),
    ...(made === undefined
      ? []
      : [
          `if [ $means = success ] && ! { ${made}; }; then`,
          '  echo "it ended without having made its outputs" >&2',
          '  code=1 means=user',
          'fi',
        ]),
    'if [ $means = success ]; then',
    ...storeLines(spec).map((line) => `  ${line}`),
    '  exit 0',
    'fi',
    ...(causes.length === 0
      ? []
      : [
          '# Slurm ends this script when it has taken it back, and starts it again after two minutes.',
          'again() { [ "$attempt" -gt "$1" ] || { scontrol requeue "$SLURM_JOB_ID" && sleep 60; }; }',
          'case $means in',
          ...causes.map((cause) => `  ${cause}) again ${retries[cause]} ;;`),
          'esac',
        ]),
    '[ "$code" -ne 0 ] || code=1',
    'exit "$code"',
  ];
}
