import type { ExitRule, JobSpec } from '@groundwork/contracts';
import { quoted, wordsOf } from '../jobs/command-line.ts';
import { codesOf, meansLines } from './exit-lines.ts';
import { hearingLines } from './signal-lines.ts';
import { bringLines, madeTest, storeFunction, storeLines } from './staging-lines.ts';

/**
 * The command of the container: a script for /bin/sh of the image, around the words of the job, which are handed to
 * it as they are. It says who the job is, by what Batch tells a container, and brings and stores files.
 */
export function batchCommand(spec: JobSpec): string[] {
  const words = wordsOf(spec);
  const { mpi } = spec;
  const launched = mpi === undefined ? words : [...launcherOf(mpi, spec), ...words];
  return ['/bin/sh', '-c', wrapperOf(spec), 'sh', ...launched];
}

export const isGang = ({ mpi }: JobSpec): boolean => mpi !== undefined && mpi.nodes > 1;

/** By ssh nothing of the environment comes to other nodes but what is named. */
function launcherOf({ nodes, ranksPerNode }: NonNullable<JobSpec['mpi']>, spec: JobSpec): string[] {
  const names = [...Object.keys(spec.environment), ...OWN];
  const hosts = nodes > 1 ? ['--hostfile', HOSTS, ...names.flatMap((name) => ['-x', name])] : [];
  return ['mpirun', '-np', String(nodes * ranksPerNode), ...hosts];
}

const OWN = ['GROUNDWORK_JOB_ID', 'GROUNDWORK_ELEMENT', 'GROUNDWORK_ATTEMPT', 'GROUNDWORK_CORES'];

/** Does more than to hand over where something has to be done afterwards. */
function staysBehind({ outputs, exitCodes, checkpoint }: JobSpec): boolean {
  return outputs.length > 0 || checkpoint !== undefined || exitCodes.some(decidesAnew);
}

/** Batch takes 0 for success, and nothing else. */
export const decidesAnew = (rule: ExitRule): boolean => rule.means === 'success' || codesOf(rule).includes(0);

function wrapperOf(spec: JobSpec): string {
  const { workingDirectory, array, resources, mpi } = spec;
  const element = array === undefined ? '0' : '$AWS_BATCH_JOB_ARRAY_INDEX';
  const lines = [
    'fail() { printf "%s\\n" "$*" >&2; exit 1; }',
    `element=${element}`,
    'scratch=$(mktemp -d) || fail "no directory can be made"',
    'export GROUNDWORK_JOB_ID="${AWS_BATCH_JOB_ID%%[:#]*}" GROUNDWORK_ELEMENT="$element" GROUNDWORK_ATTEMPT="$AWS_BATCH_JOB_ATTEMPT"',
    `export GROUNDWORK_CORES=${resources.cores} GROUNDWORK_SCRATCH="$scratch" TMPDIR="$scratch"`,
    ...(array === undefined ? [] : ['export GROUNDWORK_ARRAY_INDEX="$element"']),
    ...(mpi === undefined ? [] : ['export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1']),
    `cd ${workingDirectory === undefined ? '"$scratch"' : quoted(workingDirectory)} || fail "there is no working directory"`,
    ...(isGang(spec) && mpi !== undefined ? gathering(mpi) : []),
    ...bringLines(spec),
    ...(staysBehind(spec) ? staying(spec) : ['exec "$@"']),
  ];
  return lines.join('\n');
}

const HOSTS = '/tmp/groundwork-hosts';

/** The main node knows no other: each tells it its address, and from then on does what mpirun asks for by ssh. */
function gathering({ nodes, ranksPerNode }: NonNullable<JobSpec['mpi']>): string[] {
  return [
    'sshd=$(PATH=$PATH:/usr/sbin; command -v sshd) || fail "the image has no sshd"',
    'main=$AWS_BATCH_JOB_MAIN_NODE_INDEX',
    'if [ "$AWS_BATCH_JOB_NODE_INDEX" != "$main" ]; then',
    '  to=$AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS',
    `  own=$(ip -4 route get "$to" | sed -n "s/.* src \\([0-9.]*\\).*/\\1/p")`,
    `  until ssh -o StrictHostKeyChecking=no "$to" "echo $own slots=${ranksPerNode} >>${HOSTS}"; do sleep 2; done`,
    '  exec "$sshd" -D -e',
    'fi',
    `echo "localhost slots=${ranksPerNode}" >${HOSTS}`,
    '"$sshd"',
    `until [ "$(wc -l <${HOSTS})" -ge ${nodes} ]; do sleep 1; done`,
  ];
}

function staying(spec: JobSpec): string[] {
  const { checkpoint, exitCodes } = spec;
  const made = madeTest(spec);
  const run =
    checkpoint === undefined
      ? ['"$@"', 'code=$?']
      : hearingLines({
          trapped: 'TERM',
          signal: checkpoint.signal,
          command: '"$@"',
          of: 'session',
          result: '"$scratch.code"',
        });
  return [
    ...run,
    ...meansLines(exitCodes),
    ...(checkpoint === undefined ? [] : ['[ -z "$asked" ] || means=user']),
    ...storeFunction(spec),
    'if [ $means = success ]; then',
    ...(made === undefined ? [] : [`  { ${made}; } || fail "it ended without having made its outputs"`]),
    ...storeLines(spec).map((line) => `  ${line}`),
    '  exit 0',
    'fi',
    '[ "$code" -ne 0 ] || code=1',
    'exit "$code"',
  ];
}
