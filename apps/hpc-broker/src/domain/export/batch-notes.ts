import type { JobSpec } from '@groundwork/contracts';
import { num, usd } from '../planner/span.ts';
import {
  isOnSuccess,
  isReserved,
  isTag,
  MIB_PER_CORE,
  MOST_DEPENDENCIES,
  MOST_TAGS,
  threadsOf,
} from './batch-limits.ts';
import { decidesAnew, isGang } from './batch-wrapper.ts';
import { COMMON, everyNote } from './common-notes.ts';
import { parentName, type ExportedJob, type OnEc2 } from './exported.ts';
import { usesAws } from './staging-lines.ts';
import { expressed, notesOf, when, type Told } from './told.ts';

/** A container is sent SIGKILL so long after SIGTERM, where nobody has changed that. */
const STOP_SECONDS = 30;

const TOLD_BATCH: Told = {
  ...COMMON,
  command: (spec) => referenceNotes(spec),
  environment: ({ environment }) => [
    'environment: PATH, HOME, USER and LANG are those of the image; GROUNDWORK_* and TMPDIR are set by the script around the command.',
    ...Object.keys(environment)
      .filter(isReserved)
      .map(
        (name) => `environment.${name}: left out, as Batch keeps AWS_BATCH* to itself; give it another name.`,
      ),
  ],
  image: ({ image }) =>
    image === undefined
      ? ['image: the job names none. Replace REPLACE-image by one that has its programs and /bin/sh.']
      : [],
  workingDirectory: ({ workingDirectory }) =>
    when(workingDirectory, (path) => `workingDirectory ${path}: it has to be in the image, or be mounted.`),
  inputs: (spec) =>
    usesAws(spec)
      ? [
          'inputs and outputs at s3://: the image needs `aws`, and the definition a jobRoleArn that may read and write there.',
        ]
      : [],
  outputs: ({ inputs, outputs }) =>
    [...inputs.map(({ from }) => from), ...outputs.map(({ to }) => to)].some((place) => place.startsWith('/'))
      ? ['inputs and outputs at absolute paths: they are those in the container; mount a volume there.']
      : [],
  resources: ({ resources }) => [
    ...when(
      resources.arch,
      (arch) =>
        `resources.arch ${arch}: runtimePlatform is for Fargate only; on EC2 the compute environment of the queue has to have instance types of ${arch}, and the image to be built for it.`,
    ),
    ...when(
      resources.memoryMiB === undefined ? null : undefined,
      () =>
        `resources.memoryMiB: Batch wants a number. See MEMORY; it is what the planned instance has, or else ${num(MIB_PER_CORE)} MiB for each core.`,
    ),
    ...when(
      resources.scratchGiB,
      (gib) =>
        `resources.scratchGiB ${num(gib)}: the launch template of the compute environment has to have a volume of that.`,
    ),
    ...when(
      resources.storage,
      ({ gib, iops, mibPerSecond, shared }) =>
        `resources.storage of ${num(gib)} GiB${iops === undefined ? '' : `, ${num(iops)} IOPS`}${mibPerSecond === undefined ? '' : `, ${num(mibPerSecond)} MiB/s`}${shared ? ', shared' : ''}: add volumes and mountPoints (EFS), or mount it by the launch template (FSx for Lustre, EBS).`,
    ),
  ],
  array: ({ array }) =>
    when(array?.atOnce, (atOnce) =>
      atOnce === 1
        ? 'array.atOnce 1: SEQUENTIAL starts each element when the one before has succeeded; after one that has failed none follows.'
        : `array.atOnce ${num(atOnce)}: Batch starts as many as there is room for. Give it a queue whose compute environment has maxvCpus for so many, or a consumable resource.`,
    ),
  mpi: (spec) => mpiNotes(spec),
  // With the names of its parents: see below.
  dependsOn: expressed,
  walltimeSeconds: ({ walltimeSeconds }) =>
    walltimeSeconds < 60 ? [`walltimeSeconds ${walltimeSeconds}: Batch counts from 60 s on.`] : [],
  // See batchRetries.
  retries: ({ retries }) =>
    retries.backoffSeconds === 1 ? [] : [`retries.backoffSeconds ${retries.backoffSeconds}: Batch has none.`],
  exitCodes: ({ exitCodes }) =>
    exitCodes.some(decidesAnew)
      ? [
          'exitCodes: what means success, the script around the command turns into 0, and a 0 that does not into 1.',
        ]
      : [],
  checkpoint: (spec) => [
    ...when(
      spec.checkpoint,
      ({ signal, graceSeconds }) =>
        `checkpoint: Batch sends SIGTERM, and the script around the command hands on ${signal} to what handles it${graceSeconds > STOP_SECONDS ? `; its grace is ${graceSeconds} s, and there are ${STOP_SECONDS} until SIGKILL: set ECS_CONTAINER_STOP_TIMEOUT=${graceSeconds}s by the launch template` : ''}. Spot tells nobody unless ECS_ENABLE_SPOT_INSTANCE_DRAINING is true there.`,
    ),
    ...everyNote(spec),
  ],
  purchase: expressed,
  labels: ({ labels }) =>
    Object.entries(labels)
      .filter((label, at) => !isTag(label) || at >= MOST_TAGS)
      .map(([name, value]) => `label ${name}=${JSON.stringify(value)}: left out, as it can be no tag.`),
};

export function batchNotes(job: ExportedJob, on: OnEc2 | undefined, retryNotes: readonly string[]): string[] {
  return [
    'Replace what starts with REPLACE-, then: aws batch register-job-definition --cli-input-json, and aws batch submit-job --cli-input-json.',
    placeNote(job.spec, on),
    ...dependencyNotes(job),
    ...retryNotes,
    ...notesOf(TOLD_BATCH, job.spec),
  ];
}

function placeNote(spec: JobSpec, on: OnEc2 | undefined): string {
  const purchase = isGang(spec) ? 'On-Demand: Batch runs several nodes on no other' : spec.purchase;
  if (on === undefined) {
    const threads = threadsOf(spec, on);
    const others = threads === 2 ? '; halve it for Graviton, hpc* and AMD of generation 7 on' : '';
    return `jobQueue: its compute environment is of EC2, purchase ${purchase}. VCPU counts ${threads} for each core${others}.`;
  }
  const { option, type, plan } = on;
  return `jobQueue: it was planned on ${plan.plannedOn} for ${num(option.instances)} × ${type.type} (${type.arch}), ${option.purchase}, in ${plan.region}, likely ${usd(option.cost.likely)} in all: a compute environment of that type, and an image for ${type.arch}. VCPU counts ${threadsOf(spec, on)} for each core of it.`;
}

function dependencyNotes({ parents }: ExportedJob): string[] {
  const named = parents.filter(isOnSuccess).map(parentName);
  return [
    ...(named.length === 0
      ? []
      : [`dependsOn: submit ${named.join(', ')} before, and put their jobId where REPLACE-jobId-of-… is.`]),
    ...parents
      .filter((parent) => !isOnSuccess(parent))
      .map(
        (parent) =>
          `dependsOn ${parentName(parent)}, ${parent.when}: left out, as Batch knows only afterok. Submit this one by an EventBridge rule on its end.`,
      ),
    ...(named.length > MOST_DEPENDENCIES
      ? [
          `dependsOn: Batch takes ${MOST_DEPENDENCIES}; left out: ${named.slice(MOST_DEPENDENCIES).join(', ')}. Put a job between that waits for them.`,
        ]
      : []),
  ];
}

function mpiNotes(spec: JobSpec): string[] {
  const { mpi } = spec;
  if (mpi === undefined) return [];
  if (mpi.nodes === 1) return ['mpi: the image needs mpirun.'];
  return [
    'mpi: the image needs mpirun, ip, and ssh between its containers without a password (keys in the image, sshd). Each node tells the main one its address and waits; mpirun starts the ranks on all of them.',
    'mpi: the working directory of the job, and its inputs, are on the main node only: mount what all ranks read (EFS, FSx) and name it as workingDirectory.',
    ...(mpi.network === 'any'
      ? []
      : [
          `mpi.network ${mpi.network}: the compute environment needs a cluster placement group${mpi.network === 'efa' ? ', instances with EFA, its interface in the launch template, a device for each interface, and the image the EFA software' : ''}.`,
        ]),
    ...(mpi.gangTimeoutSeconds === 600
      ? []
      : [
          `mpi.gangTimeoutSeconds ${mpi.gangTimeoutSeconds}: Batch starts all nodes or none; jobStateTimeLimitActions of the queue say for how long it waits.`,
        ]),
  ];
}

/** Batch puts its parameters in place of such words. */
function referenceNotes({ command, shell }: JobSpec): string[] {
  return (command ?? [shell ?? '']).some((word) => word.includes('Ref::'))
    ? ['command: Batch takes words with Ref:: for names of its parameters; write them otherwise.']
    : [];
}
