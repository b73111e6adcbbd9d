import { randomBytes } from 'node:crypto';
import { vcpusOfType } from './instance-types.ts';
import { requirementOf, vcpusOf, type Job } from './jobs/job.ts';
import type { Jobs } from './jobs/jobs.ts';
import type { Place, Places } from './lifecycle/world.ts';
import type { ComputeEnvironments, Environment } from './resources/compute-environments.ts';
import { isFargate, type JobQueues } from './resources/job-queues.ts';

/** What is made to go wrong with placements. */
export interface Shortages {
  /** Whether this environment gets no instance of this type just now. */
  isShort(environment: string, instanceType: string): boolean;
  /** Why nothing can be placed in this environment, such as `MISCONFIGURATION:…`. */
  misconfiguration(environment: string): string | undefined;
}

/** https://docs.aws.amazon.com/batch/latest/userguide/job_stuck_in_runnable.html */
export const BLOCKED = {
  capacity: (instanceType: string) =>
    `CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Service cannot fulfill the capacity requested for instance type ${instanceType}`,
  tooLarge:
    'MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE - CE(s) associated with the job queue cannot meet the CPU requirement of the job.',
  noInstance:
    'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - The job resource requirement (vCPU/memory/GPU) is higher than that can be met by the CE(s) attached to the job queue.',
  undetermined: 'UNDETERMINED - Batch job is blocked, root cause is undetermined.',
};

type Verdict =
  | { kind: 'placed' }
  | { kind: 'busy' }
  | { kind: 'closed' }
  | { kind: 'unfit' }
  | { kind: 'too-large' }
  | { kind: 'no-instance' }
  | { kind: 'short'; instanceType: string }
  | { kind: 'misconfigured'; reason: string };

/** Finds room: in the environments of a job's queue, in their order. */
export class QueuePlaces implements Places {
  readonly #queues: JobQueues;
  readonly #environments: ComputeEnvironments;
  readonly #jobs: Jobs;
  readonly #shortages: Shortages;

  constructor(queues: JobQueues, environments: ComputeEnvironments, jobs: Jobs, shortages: Shortages) {
    this.#queues = queues;
    this.#environments = environments;
    this.#jobs = jobs;
    this.#shortages = shortages;
  }

  inOrder(queues: readonly string[]): readonly string[] {
    return queues.toSorted((a, b) => this.#priorityOf(b) - this.#priorityOf(a));
  }

  place(job: Job): Place {
    const queue = this.#queues.find(job.spec.queue, job.region);
    if (queue === undefined) return { blocked: undefined, retry: false };
    const vcpus = vcpusOf(job);
    const verdicts: Verdict[] = [];
    for (const environment of this.#queues.environmentsOf(queue, job.region)) {
      const verdict = this.#judge(environment, job, vcpus);
      if (verdict.kind === 'placed') {
        const instanceId = `i-${randomBytes(9).toString('hex').slice(0, 17)}`;
        return { environment: environment.name, instanceId, vcpus };
      }
      verdicts.push(verdict);
      // A multi-node job waits for the first environment that would do.
      // https://docs.aws.amazon.com/batch/latest/userguide/job_stuck_in_runnable_capacity.html
      if (verdict.kind === 'short' && job.role === 'multinode') break;
    }
    return { blocked: reasonOf(verdicts), retry: verdicts.some(isTriedAgain) };
  }

  timeLimitOf(job: Job, reason: string): { reason: string; seconds: number } | undefined {
    const limits = this.#queues.find(job.spec.queue, job.region)?.timeLimits ?? [];
    const limit = limits.find((one) => reason.startsWith(one.reason));
    return limit && { reason: limit.reason, seconds: limit.maxTimeSeconds };
  }

  #priorityOf(queue: string): number {
    return this.#queues.find(queue, queue.split(':')[3] ?? '')?.priority ?? 0;
  }

  #judge(environment: Environment, job: Job, vcpus: number): Verdict {
    const { resources } = environment;
    if (environment.state !== 'ENABLED' || !this.#environments.isValid(environment))
      return { kind: 'closed' };
    const reason = this.#shortages.misconfiguration(environment.name);
    if (reason !== undefined) return { kind: 'misconfigured', reason };
    // Unmanaged environments have no instances of their own here.
    if (resources === undefined || !suits(environment, job)) return { kind: 'unfit' };
    const { maxvCpus } = resources;
    if (vcpus > maxvCpus) return { kind: 'too-large' };
    const types = typesFor(environment, job).filter((type) => isLargeEnough(type, job));
    if (types.length === 0) return { kind: 'no-instance' };
    const short = types.filter((type) => this.#shortages.isShort(environment.name, type));
    if (short.length === types.length) return { kind: 'short', instanceType: types[0] ?? '' };
    const used = this.#jobs.vcpusIn(job.region, environment.name);
    return used + vcpus <= maxvCpus ? { kind: 'placed' } : { kind: 'busy' };
  }
}

/**
 * Multi-node jobs need EC2 on demand: on Spot they wait for ever.
 * https://docs.aws.amazon.com/batch/latest/userguide/mnp-ce.html
 */
function suits(environment: Environment, job: Job): boolean {
  if (job.role === 'multinode') return environment.resources?.type === 'EC2';
  return isFargate(environment) === (job.spec.platform === 'FARGATE');
}

function typesFor({ resources }: Environment, job: Job): string[] {
  const asked = job.spec.nodes?.containers.flatMap(({ container, instanceTypes }) =>
    container.instanceType === undefined ? instanceTypes : [container.instanceType],
  );
  if (asked !== undefined && asked.length > 0) return [...new Set(asked)];
  return resources?.instanceTypes ?? ['FARGATE'];
}

/** For the container, or the largest node: nodes have an instance each. */
function isLargeEnough(type: string, job: Job): boolean {
  const containers = job.spec.nodes?.containers.map(({ container }) => container) ?? [job.spec.container];
  const needed = Math.max(...containers.map((one) => (one === undefined ? 0 : requirementOf(one, 'VCPU'))));
  return needed <= (vcpusOfType(type) ?? Infinity);
}

/** When not even one environment would do if it were empty, and all have the same to say. */
function reasonOf(verdicts: readonly Verdict[]): string | undefined {
  if (verdicts.some(({ kind }) => kind === 'busy' || kind === 'closed')) return undefined;
  const first = verdicts.find(({ kind }) => kind !== 'unfit');
  if (first?.kind === 'short') return BLOCKED.capacity(first.instanceType);
  if (first?.kind === 'misconfigured') return first.reason;
  if (first?.kind === 'too-large') return BLOCKED.tooLarge;
  return first?.kind === 'no-instance' ? BLOCKED.noInstance : BLOCKED.undetermined;
}

/** Nothing tells when a shortage or a fault is over; of what is busy, the end of a job does. */
const isTriedAgain = ({ kind }: Verdict): boolean =>
  kind === 'short' || kind === 'misconfigured' || kind === 'closed';
