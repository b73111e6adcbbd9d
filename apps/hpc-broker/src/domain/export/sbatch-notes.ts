import type { JobSpec } from '@groundwork/contracts';
import { num } from '../planner/span.ts';
import { backoffNote, COMMON, everyNote } from './common-notes.ts';
import { parentName, type Parent } from './exported.ts';
import { canBeRepeated, minutesOf } from './sbatch-directives.ts';
import { usesAws } from './staging-lines.ts';
import { expressed, when, type Told } from './told.ts';

const SIZE_THAT_SLURM_TAKES = 1_001;

/** What a script for Slurm cannot say, and what to do about it. */
export const TOLD_SLURM: Told = {
  ...COMMON,
  image: ({ image }) =>
    when(
      image,
      (name) =>
        `image ${name}: Slurm by itself runs no containers. Put "apptainer exec docker://${name}" before the words in argv, or use --container-image where there is pyxis.`,
    ),
  workingDirectory: ({ workingDirectory }) =>
    when(workingDirectory, (path) => `workingDirectory ${path}: it has to be there on every node.`),
  inputs: (spec) =>
    usesAws(spec)
      ? ['inputs and outputs at s3:// are copied by `aws`, with what rights the node or ~/.aws has.']
      : [],
  outputs: expressed,
  resources: ({ resources }) => resourceNotes(resources),
  array: ({ array }) =>
    array !== undefined && array.size >= SIZE_THAT_SLURM_TAKES
      ? [
          `array of ${num(array.size)}: Slurm takes numbers below its MaxArraySize, which is 1,001 where nobody has changed it: "scontrol show config" tells.`,
        ]
      : [],
  mpi: ({ mpi }) => [
    ...when(mpi?.network === 'any' ? undefined : mpi?.network, (network) =>
      network === 'efa'
        ? 'mpi.network efa: Slurm has no word for it: name a partition whose nodes have EFA (--partition), and use an MPI that is built with libfabric.'
        : 'mpi.network low-latency: Slurm has no word for it: name a partition whose nodes are close together (--partition, --switches=1).',
    ),
    ...when(
      mpi?.gangTimeoutSeconds === 600 ? undefined : mpi?.gangTimeoutSeconds,
      (seconds) =>
        `mpi.gangTimeoutSeconds ${seconds}: Slurm starts all nodes together or none, however long that takes.`,
    ),
  ],
  // With the names of its parents: see dependencyNotes.
  dependsOn: expressed,
  walltimeSeconds: (spec) => {
    const isExact = spec.walltimeSeconds === minutesOf(spec) * 60;
    if (isExact) return [];
    const beside = spec.checkpoint === undefined ? '' : ', and has the grace of its checkpoint in it';
    return [`walltimeSeconds ${spec.walltimeSeconds}: --time counts in minutes${beside}.`];
  },
  retries: (spec) => [...(canBeRepeated(spec) ? [retriesNote(spec)] : []), ...backoffNote(spec)],
  exitCodes: ({ exitCodes }) =>
    exitCodes.length === 0
      ? []
      : ['exitCodes: the script follows them; sacct shows what it exits with itself.'],
  checkpoint: (spec) => [
    ...when(
      spec.checkpoint,
      ({ signal, graceSeconds }) =>
        `checkpoint: --signal has B:, so that ${signal} comes to this script, which hands it on to what handles it. Without B: only steps of srun would get it: a program that the script starts by itself is none, and of mpirun these are its daemons. It comes ${graceSeconds} s before the end, or up to a minute sooner.`,
    ),
    ...everyNote(spec),
  ],
  purchase: ({ purchase }) =>
    purchase === 'any' ? [] : [`purchase ${purchase}: which nodes are that, partitions say (--partition).`],
  labels: ({ labels }) =>
    Object.entries(labels).map(
      ([name, value]) => `label ${name}=${value}: Slurm keeps none; --comment can hold it.`,
    ),
};

function resourceNotes({ arch, scratchGiB, storage }: JobSpec['resources']): string[] {
  const speed = (value: number | undefined, unit: string): string =>
    value === undefined ? '' : `, ${num(value)} ${unit}`;
  return [
    ...when(
      arch,
      (which) =>
        `resources.arch ${which}: what it is called there the administrator knows: --constraint=${which} where nodes have that feature.`,
    ),
    ...when(
      scratchGiB,
      (gib) =>
        `resources.scratchGiB ${num(gib)}: see that there is so much where its directory is; --tmp=${gib}G where TmpDisk of the nodes is kept, and TMPDIR there.`,
    ),
    ...when(
      storage,
      ({ gib, iops, mibPerSecond, shared }) =>
        `resources.storage of ${num(gib)} GiB${speed(iops, 'IOPS')}${speed(mibPerSecond, 'MiB/s')}${shared ? ', shared by all nodes' : ''}: submit it from a file system that has it.`,
    ),
  ];
}

function retriesNote({ retries }: JobSpec): string {
  const { user, infrastructure, preemption } = retries;
  const own =
    user > 0
      ? `after its own failure up to ${user}, by "scontrol requeue" below, counted with all others; `
      : '';
  return `retries: ${own}after the failure of a node (${infrastructure}) and preemption (${preemption}) Slurm repeats it as often as that happens (--requeue).`;
}

const WORDS = { afterok: 'afterok', afterany: 'afterany', afternotok: 'afternotok' } as const;

/** Lines of a comment, with the command that keeps the order. */
export function dependencyNotes(parents: readonly Parent[], name: string): string[] {
  if (parents.length === 0) return [];
  const conditions = parents.map((parent) => {
    const word = parent.each && parent.when === 'afterok' ? 'aftercorr' : WORDS[parent.when];
    return `${word}:ID-OF-${parentName(parent)}`;
  });
  const loose = parents.filter((parent) => parent.each && parent.when !== 'afterok');
  return [
    '# It waits for others, whose ids Slurm gives when they are submitted (sbatch --parsable prints them):',
    `#   sbatch --kill-on-invalid-dep=yes --dependency=${conditions.join(',')} ${name}.sbatch`,
    ...loose.map(
      (parent) =>
        `# Only afterok goes by element (aftercorr) in Slurm: it waits for all elements of ${parentName(parent)}.`,
    ),
  ];
}
