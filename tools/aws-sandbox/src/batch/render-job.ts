import { arnOf } from './arn.ts';
import { containerOf, STATUSES, type Attempt, type ContainerSpec, type Job } from './jobs/job.ts';
import type { Jobs } from './jobs/jobs.ts';

/** https://docs.aws.amazon.com/batch/latest/APIReference/API_JobDetail.html */
export function renderJob(jobs: Jobs, job: Job) {
  const { spec } = job;
  const container = containerOf(job);
  return {
    jobArn: arnOf('job', job.region, job.id),
    jobName: spec.name,
    jobId: job.id,
    jobQueue: spec.queue,
    status: job.status,
    attempts: job.attempts.filter(({ stoppedAt }) => stoppedAt !== undefined).map(renderAttempt),
    statusReason: job.statusReason,
    createdAt: job.createdAt,
    retryStrategy: spec.retryStrategy && {
      attempts: spec.retryStrategy.attempts,
      evaluateOnExit: spec.retryStrategy.evaluateOnExit,
    },
    startedAt: job.startedAt,
    stoppedAt: job.stoppedAt,
    dependsOn: spec.dependsOn,
    jobDefinition: spec.definition,
    parameters: spec.parameters,
    ...(container !== undefined && { container: renderContainer(container, job.attempts.at(-1)) }),
    ...(job.role === 'node' && {
      nodeDetails: { nodeIndex: job.index, isMainNode: job.index === spec.nodes?.mainNode },
    }),
    ...(job.role === 'multinode' && { nodeProperties: renderNodes(job) }),
    ...(job.role === 'array' && {
      arrayProperties: { size: spec.arraySize, statusSummary: summary(jobs, job) },
    }),
    ...(job.role === 'child' && { arrayProperties: { index: job.index, statusSummary: {} } }),
    ...(spec.timeoutSeconds !== undefined && { timeout: { attemptDurationSeconds: spec.timeoutSeconds } }),
    tags: spec.tags,
    propagateTags: spec.propagateTags,
    platformCapabilities: [spec.platform],
    isCancelled: job.isCancelled ?? false,
    isTerminated: job.isTerminated ?? false,
  };
}

/** https://docs.aws.amazon.com/batch/latest/APIReference/API_JobSummary.html */
export function renderSummary(job: Job) {
  const { spec } = job;
  const last = job.attempts.at(-1);
  return {
    jobArn: arnOf('job', job.region, job.id),
    jobId: job.id,
    jobName: spec.name,
    createdAt: job.createdAt,
    status: job.status,
    statusReason: job.statusReason,
    startedAt: job.startedAt,
    stoppedAt: job.stoppedAt,
    ...(last?.stoppedAt !== undefined && { container: { exitCode: last.exitCode, reason: last.reason } }),
    ...(job.role === 'array' && { arrayProperties: { size: spec.arraySize } }),
    ...(job.role === 'child' && { arrayProperties: { index: job.index } }),
    ...(job.role === 'multinode' && { nodeProperties: { numNodes: spec.nodes?.numNodes } }),
    ...(job.role === 'node' && {
      nodeProperties: { isMainNode: job.index === spec.nodes?.mainNode, nodeIndex: job.index },
    }),
    jobDefinition: spec.definition,
    ...(job.isCancelled && { isCancelled: true }),
    ...(job.isTerminated && { isTerminated: true }),
  };
}

function renderAttempt(attempt: Attempt) {
  return {
    container: {
      containerInstanceArn: attempt.containerInstanceArn,
      taskArn: attempt.taskArn,
      exitCode: attempt.exitCode,
      reason: attempt.reason,
      logStreamName: attempt.logStreamName,
      networkInterfaces: interfacesOf(attempt),
    },
    startedAt: attempt.startedAt,
    stoppedAt: attempt.stoppedAt,
    statusReason: attempt.statusReason,
  };
}

/** Of the last attempt, whether it has ended or not. */
function renderContainer(container: ContainerSpec, attempt: Attempt | undefined) {
  return {
    volumes: [],
    mountPoints: [],
    ulimits: [],
    secrets: [],
    ...container,
    exitCode: attempt?.exitCode,
    reason: attempt?.reason,
    containerInstanceArn: attempt?.containerInstanceArn,
    taskArn: attempt?.taskArn,
    logStreamName: attempt?.logStreamName,
    networkInterfaces: attempt === undefined ? [] : interfacesOf(attempt),
  };
}

const interfacesOf = ({ privateAddress, taskArn }: Attempt) =>
  privateAddress === undefined
    ? []
    : [{ attachmentId: taskArn.split('/').at(-1), privateIpv4Address: privateAddress }];

function renderNodes({ spec: { nodes } }: Job) {
  return {
    numNodes: nodes?.numNodes,
    mainNode: nodes?.mainNode,
    nodeRangeProperties: nodes?.containers.map(({ targetNodes, container, instanceTypes }) => ({
      targetNodes,
      container,
      instanceTypes,
    })),
  };
}

/** Of children that are not there yet, nothing is said. */
function summary(jobs: Jobs, parent: Job) {
  const counts = jobs.summaryOf(parent);
  return Object.fromEntries(STATUSES.map((status) => [status, counts[status]]));
}
