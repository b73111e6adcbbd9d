import { constants } from 'node:os';
import type { SubmitJobCommandInput } from '@aws-sdk/client-batch';
import { quoted, wordsOf } from '../../domain/jobs/command-line.ts';
import { coresPerNode } from '../../domain/jobs/takes.ts';
import type { Placement } from '../../ports/engine.ts';
import { nameOf, type Group } from '../array-groups.ts';
import { requirementsOf, timeoutSeconds } from './definition.ts';
import type { BatchJobs } from './settings.ts';

/** Of SubmitJob (AWS Batch service quotas). */
const MOST_BYTES = 30 * 1_024;

export function queueOf({ spec, purchase }: Placement, { queues }: BatchJobs): string | undefined {
  if ((spec.mpi?.nodes ?? 1) > 1) return queues.multiNode;
  return purchase === 'spot' ? queues.spot : queues.onDemand;
}

/** Why it will never be taken. */
export function refusalOf(placement: Placement, jobs: BatchJobs): string | undefined {
  const { spec, purchase } = placement;
  if (spec.image === undefined && jobs.image === undefined) {
    return 'AWS Batch runs containers: name an image in the job, or one for all jobs in BATCH_IMAGE';
  }
  if (queueOf(placement, jobs) === undefined) {
    const which = (spec.mpi?.nodes ?? 1) > 1 ? 'MULTI_NODE' : 'SPOT';
    return `there is no queue for it: it is ${which === 'SPOT' ? String(purchase) : 'over several nodes'}, and BATCH_QUEUE_${which} is not set`;
  }
  const bytes = Buffer.byteLength(JSON.stringify(submissionOf([placement], jobs, 'groundwork')));
  if (bytes <= MOST_BYTES) return undefined;
  return `AWS Batch takes ${MOST_BYTES} bytes for a job, and this is ${bytes}: put the script, or what is in its environment, into the image or an input`;
}

export function submissionOf(group: Group, jobs: BatchJobs, jobDefinition: string): SubmitJobCommandInput {
  const [first] = group;
  const { spec } = first;
  const overrides = overridesOf(first, jobs);
  const nodes = spec.mpi?.nodes ?? 1;
  return {
    jobName: nameOf(group),
    jobQueue: queueOf(first, jobs),
    jobDefinition,
    ...(group.length > 1 ? { arrayProperties: { size: group.length } } : {}),
    ...(nodes === 1
      ? { containerOverrides: overrides }
      : {
          nodeOverrides: {
            numNodes: nodes,
            nodePropertyOverrides: [{ targetNodes: '0:', containerOverrides: overrides }],
          },
        }),
    timeout: { attemptDurationSeconds: timeoutSeconds(spec) },
    tags: { 'groundwork-job': first.job },
  };
}

function overridesOf(placement: Placement, { wrapper, vcpusPerCore }: BatchJobs) {
  const { spec, job, attempt } = placement;
  const { mpi, resources } = spec;
  const environment = {
    ...spec.environment,
    GROUNDWORK_JOB_ID: job,
    GROUNDWORK_ATTEMPT: String(attempt),
    GROUNDWORK_CORES: String(resources.cores),
  };
  const entries = Object.entries(environment);
  const empty = entries.filter(([, value]) => value === '').map(([name]) => `export ${name}=`);
  return {
    command: ['/bin/sh', '-c', [...empty, ...settingsOf(placement), wrapper].join('\n')],
    environment: entries.filter(([, value]) => value !== '').map(([name, value]) => ({ name, value })),
    resourceRequirements: requirementsOf(
      spec,
      coresPerNode(resources.cores, mpi?.ranksPerNode),
      vcpusPerCore,
    ),
  };
}

/** As lines of the script: AWS Batch takes no empty words in a command. */
function settingsOf({ spec, element }: Placement): string[] {
  const { mpi, checkpoint } = spec;
  const settings = {
    first: spec.array === undefined ? '' : String(element),
    walltime: String(spec.walltimeSeconds),
    grace: String(checkpoint?.graceSeconds ?? 0),
    signal: checkpoint === undefined ? '' : String(constants.signals[checkpoint.signal]),
    nodes: mpi === undefined ? '' : String(mpi.nodes),
    ranks: mpi === undefined ? '' : String(mpi.ranksPerNode),
    workdir: spec.workingDirectory ?? '',
  };
  return [
    ...Object.entries(settings).map(([name, value]) => `${name}=${quoted(value)}`),
    `set -- ${wordsOf(spec).map(quoted).join(' ')}`,
  ];
}
